#include "frontend/cancellation.hpp"

#include "ipc/child_process.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace axle::frontend {

static_assert(std::atomic<int>::is_always_lock_free, "request is called in signal handlers");

Cancellation::Cancellation() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Cancellation::request(int signal) noexcept {
  const int saved_errno = errno;
  int none = -1;
  signal_.compare_exchange_strong(none, signal);
  ++times_;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(fd(), &one, sizeof(one));
  errno = saved_errno;
}

Error Cancellation::error(const std::string& doing) const {
  const int number = signal();
  const std::string by = number > 0 ? " by " + ipc::signal_name(number) : "";
  return {.code = errc::cancelled, .message = "stopped" + by + " while " + doing, .signal = number};
}

}  // namespace axle::frontend
