#include "frontend/cancellation.hpp"

#include "ipc/child_process.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <system_error>
#include <utility>

namespace axle::frontend {

static_assert(std::atomic<int>::is_always_lock_free, "request is called in signal handlers");

Cancellation::Cancellation() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Cancellation::~Cancellation() {
  const std::unique_ptr<const std::string> words(words_.load());
}

void Cancellation::request(int signal) noexcept {
  count(signal);
}

void Cancellation::request(std::string reason) {
  auto words = std::make_unique<const std::string>(std::move(reason));
  const std::string* nothing = nullptr;
  if (words_.compare_exchange_strong(nothing, words.get())) words.release();
  count(in_words);
}

void Cancellation::count(int reason) noexcept {
  const int saved_errno = errno;
  int nothing = none;
  first_.compare_exchange_strong(nothing, reason);
  ++times_;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(fd(), &one, sizeof(one));
  errno = saved_errno;
}

std::string Cancellation::reason() const {
  const int first = first_.load();
  if (first > 0) return ipc::signal_name(first);
  return first == in_words ? *words_.load() : "a request of the caller";
}

Error Cancellation::error(const std::string& doing) const {
  const int number = signal();
  std::string message = "stopped";
  if (number > 0) message += " by " + reason();
  message += " while " + doing;
  if (first_.load() == in_words) message += ": " + reason();
  return {.code = errc::cancelled, .message = std::move(message), .signal = number};
}

}  // namespace axle::frontend
