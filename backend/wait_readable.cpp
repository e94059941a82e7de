#include "backend/wait_readable.hpp"

#include "ipc/poll_fds.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>

namespace axle::backend {

bool wait_readable(int fd, ipc::Deadline deadline) noexcept {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - ipc::Clock::now()).count();
    pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
    const int found =
        ipc::poll_fd(entry, static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000'000)));
    if (found > 0) return (entry.revents & POLLNVAL) == 0;
    if (found < 0 && errno != EINTR) return false;
    if (ipc::Clock::now() >= deadline) return false;
  }
}

}  // namespace axle::backend
