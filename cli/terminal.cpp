#include "cli/terminal.hpp"

#include "cli/quantity.hpp"
#include "cli/signal_free_thread.hpp"
#include "ipc/poll_fds.hpp"

#include <fmt/format.h>

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace axle::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto shortest_redraw = 100ms;
constexpr std::string_view erase_line = "\r\x1b[K";

std::size_t width_of(int fd) {
  winsize size{};
  const bool known = ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

}  // namespace

Terminal::Terminal(int fd, const Options& options)
    : is_terminal_(::isatty(fd) == 1),
      paint_(colors_wanted(options.color, is_terminal_, options.environment)),
      stop_fd_(options.stop_fd),
      before_(options.before),
      after_(options.after),
      outlet_(fd, options.stop_fd) {
  const bool can_redraw = is_terminal_ && options.environment.term != "dumb";
  if (!can_redraw || options.progress == Progress::hidden) return;
  ticker_ = thread_without_signals([this] { tick(); });
}

Terminal::~Terminal() {
  hide_activity();
  {
    const std::lock_guard lock(mutex_);
    write_after();
    leaving_ = true;
  }
  if (!ticker_.joinable()) return;
  changed_.notify_one();
  ticker_.join();
}

void Terminal::print(std::string_view text) {
  const std::lock_guard lock(mutex_);
  std::string lines = at_line_start_ ? "" : "\n";
  lines += text;
  if (!lines.ends_with('\n')) lines += '\n';
  write_lines(lines);
}

void Terminal::relay(Stream stream, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (is_terminal_) {
    write_lines(filters_.at(stream == Stream::out ? 0 : 1).feed(bytes));
  } else {
    write_lines(bytes);
  }
}

void Terminal::command(std::string_view lines) {
  const std::lock_guard lock(mutex_);
  outlet_.write(erasing());
  write_after();
  if (!at_line_start_) outlet_.write("\n");
  outlet_.write(lines);
  at_line_start_ = true;
}

void Terminal::write_after() {
  if (!std::exchange(within_, false)) return;
  if (!std::exchange(at_line_start_, true)) outlet_.write("\n");
  outlet_.write(after_);
}

std::string Terminal::shown(std::string_view foreign) const {
  return is_terminal_ ? printable(foreign) : std::string(foreign);
}

void Terminal::show_activity(std::string_view label, Clock::time_point since) {
  if (!draws_progress()) return;
  const std::lock_guard lock(mutex_);
  label_ = printable(label);
  detail_.clear();
  since_ = since;
  draw_soon();
}

void Terminal::show_detail(std::string_view foreign) {
  if (!draws_progress()) return;
  const std::lock_guard lock(mutex_);
  detail_ = printable(foreign);
  std::ranges::replace_if(detail_, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  draw_soon();
}

void Terminal::hide_activity() {
  const std::lock_guard lock(mutex_);
  label_.clear();
  outlet_.write(erasing());
}

void Terminal::write_lines(std::string_view text) {
  if (text.empty()) return;
  if (!before_.empty() && !std::exchange(within_, true)) outlet_.write(before_);
  if (drawn_) {
    outlet_.write(erasing().append(text));
  } else {
    outlet_.write(text);
  }
  at_line_start_ = text.ends_with('\n');
  if (!label_.empty()) draw_soon();
}

std::string Terminal::erasing() {
  if (!drawn_) return {};
  drawn_ = false;
  return std::string(erase_line);
}

void Terminal::draw_soon() {
  next_draw_ = std::max(Clock::now(), last_draw_ + shortest_redraw);
  changed_.notify_one();
}

void Terminal::tick() {
  std::unique_lock lock(mutex_);
  while (!leaving_) {
    if (label_.empty()) {
      changed_.wait(lock);
    } else if (Clock::now() < next_draw_) {
      changed_.wait_until(lock, next_draw_);
    } else {
      draw();
    }
  }
}

void Terminal::draw() {
  last_draw_ = Clock::now();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(last_draw_ - since_);
  next_draw_ = std::max(since_ + seconds + 1s, last_draw_ + shortest_redraw);
  // Half a line of a backend's is not to be erased.
  if (!at_line_start_) return;
  std::string line = stop_requested() ? "  Stopping: " + label_ : "  " + label_;
  if (seconds >= 1s) line += "  " + format_elapsed(seconds);
  const std::size_t columns = width_of(outlet_.fd()) - 1;
  std::string drawn(erase_line);
  drawn += fit_columns(line, columns);
  // A line of ASCII is as many columns as bytes; of others the detail is cut a little early.
  if (!detail_.empty() && line.size() + 2 < columns) {
    drawn += paint_.dim(fmt::format("  {}", fit_columns(detail_, columns - line.size() - 2)));
  }
  outlet_.write(drawn);
  drawn_ = true;
}

bool Terminal::stop_requested() const noexcept {
  pollfd stop{stop_fd_, POLLIN, 0};
  return ipc::poll_fd(stop, 0) > 0;
}

std::string_view fit_columns(std::string_view text, std::size_t columns) {
  std::size_t used = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x80 && byte < 0xC0) continue;  // within a character
    // Wide characters begin at U+1100, and have three bytes or more.
    used += byte >= 0xE1 ? 2 : 1;
    if (used > columns) return text.substr(0, i);
  }
  return text;
}

}  // namespace axle::cli
