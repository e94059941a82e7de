#include "cli/heartbeat.hpp"

#include "cli/printable.hpp"
#include "cli/quantity.hpp"
#include "cli/signal_free_thread.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace axle::cli {
namespace {

constexpr std::size_t longest_quotation = 120;

// "Building a wheel" within a sentence.
std::string uncapitalized(std::string text) {
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') {
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  }
  return text;
}

// The last line of `bytes` that is not empty; nothing if there is none.
std::string_view last_line(std::string_view bytes) {
  const std::size_t end = bytes.find_last_not_of(" \t\r\n");
  if (end == bytes.npos) return {};
  const std::size_t newline = bytes.find_last_of("\r\n", end);
  const std::size_t begin = newline == bytes.npos ? 0 : newline + 1;
  return bytes.substr(begin, std::min(end + 1 - begin, longest_quotation));
}

}  // namespace

Heartbeat::~Heartbeat() {
  {
    const std::lock_guard lock(mutex_);
    leaving_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Heartbeat::begin(std::string label, Clock::time_point since) {
  const std::lock_guard lock(mutex_);
  label_ = std::move(label);
  since_ = since;
  due_ = Clock::now() + interval_;
  last_.clear();
  if (!thread_.joinable()) {
    try {
      thread_ = thread_without_signals([this] { beat(); });
    } catch (const std::system_error&) {  // no thread is to be had, and so no sign of life
      return;
    }
  }
  changed_.notify_one();
}

void Heartbeat::end() {
  const std::lock_guard lock(mutex_);
  label_.clear();
}

void Heartbeat::shown() {
  const std::lock_guard lock(mutex_);
  due_ = Clock::now() + interval_;
}

void Heartbeat::heard(std::string_view bytes) {
  const std::string_view line = last_line(bytes);
  if (line.empty()) return;
  const std::lock_guard lock(mutex_);
  last_ = line;
}

void Heartbeat::beat() {
  std::unique_lock lock(mutex_);
  while (!leaving_) {
    if (label_.empty()) {
      changed_.wait(lock);
    } else if (Clock::now() < due_) {
      const Clock::time_point until = due_;
      changed_.wait_until(lock, until);
    } else {
      const std::string told = line();
      due_ = Clock::now() + interval_;
      // Whoever writes may have to wait for its reader, and the build must not wait for that.
      lock.unlock();
      tell_(told);
      lock.lock();
    }
  }
}

std::string Heartbeat::line() const {
  const auto elapsed = std::chrono::floor<std::chrono::seconds>(Clock::now() - since_);
  return fmt::format("still {} ({}{}{})",
                     uncapitalized(printable(label_)),
                     format_elapsed(elapsed),
                     last_.empty() ? "" : ", last output: ",
                     printable(last_));
}

}  // namespace axle::cli
