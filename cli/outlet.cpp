#include "cli/outlet.hpp"

#include "ipc/poll_fds.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>

namespace axle::cli {
namespace {

// A pipe that is writable at all takes this much without blocking.
constexpr std::size_t chunk = 4096;
constexpr int patience_when_stopping_ms = 1000;

}  // namespace

bool Outlet::write(std::string_view bytes) noexcept {
  while (failure_ == 0 && !bytes.empty()) {
    if (!wait_until_writable()) break;
    const ssize_t written = ::write(fd_, bytes.data(), std::min(bytes.size(), chunk));
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR && errno != EAGAIN) {
      failure_ = errno;
    }
  }
  return failure_ == 0;
}

bool Outlet::wait_until_writable() noexcept {
  std::array<pollfd, 2> fds{{{fd_, POLLOUT, 0}, {stop_fd_, POLLIN, 0}}};
  while (ipc::poll_fds(fds, -1) < 0) {
    if (errno != EINTR) {
      failure_ = errno;
      return false;
    }
  }
  // An error or hang-up is for write to tell.
  if (fds[0].revents != 0) return true;
  int ready = 0;
  do {
    ready = ipc::poll_fd(fds[0], patience_when_stopping_ms);
  } while (ready < 0 && errno == EINTR);
  if (ready > 0) return true;
  failure_ = ready < 0 ? errno : ETIMEDOUT;
  return false;
}

}  // namespace axle::cli
