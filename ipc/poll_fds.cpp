#include "ipc/poll_fds.hpp"

#include <sys/select.h>

#include <algorithm>
#include <cerrno>

namespace axle::ipc {
namespace {

/// The system does not hold select(2) to the limit.
int select_fds(std::span<pollfd> fds, int timeout_ms) noexcept {
  fd_set readable;
  fd_set writable;
  FD_ZERO(&readable);
  FD_ZERO(&writable);
  int highest = -1;
  for (const pollfd& entry : fds) {
    if (entry.fd < 0) continue;
    if (entry.fd >= FD_SETSIZE) {
      errno = EINVAL;
      return -1;
    }
    if ((entry.events & POLLIN) != 0) FD_SET(entry.fd, &readable);
    if ((entry.events & POLLOUT) != 0) FD_SET(entry.fd, &writable);
    highest = std::max(highest, entry.fd);
  }
  timeval left{.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
  if (::select(highest + 1, &readable, &writable, nullptr, timeout_ms < 0 ? nullptr : &left) < 0) {
    return -1;
  }
  int count = 0;
  for (pollfd& entry : fds) {
    entry.revents = 0;
    if (entry.fd < 0) continue;
    if (FD_ISSET(entry.fd, &readable)) entry.revents = POLLIN;
    if (FD_ISSET(entry.fd, &writable)) entry.revents = static_cast<short>(entry.revents | POLLOUT);
    if (entry.revents != 0) ++count;
  }
  return count;
}

}  // namespace

int poll_fds(std::span<pollfd> fds, int timeout_ms) noexcept {
  const int count = ::poll(fds.data(), fds.size(), timeout_ms);
  return count < 0 && errno == EINVAL ? select_fds(fds, timeout_ms) : count;
}

int poll_fd(pollfd& fd, int timeout_ms) noexcept {
  return poll_fds({&fd, 1}, timeout_ms);
}

}  // namespace axle::ipc
