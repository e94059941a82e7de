#include "ipc/stream_io.hpp"

#include "ipc/poll_fds.hpp"

#include <climits>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <string>

namespace axle::ipc {
namespace {

// Keeps a write to a pipe without a reader from raising SIGPIPE in the calling thread.
class SigpipeBlocked {
 public:
  SigpipeBlocked() noexcept {
    sigset_t pending;
    ::sigpending(&pending);
    was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
    ::sigemptyset(&sigpipe_);
    ::sigaddset(&sigpipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
    errno = 0;
  }
  SigpipeBlocked(const SigpipeBlocked&) = delete;
  SigpipeBlocked& operator=(const SigpipeBlocked&) = delete;
  ~SigpipeBlocked() {
    const int saved_errno = errno;
    if (saved_errno == EPIPE && !was_pending_) {
      const timespec now{};
      while (::sigtimedwait(&sigpipe_, nullptr, &now) < 0 && errno == EINTR) {
      }
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = saved_errno;
  }

 private:
  sigset_t sigpipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

bool ready_now(int fd, short events) noexcept {
  pollfd entry{.fd = fd, .events = events, .revents = 0};
  int count = -1;
  do {
    count = poll_fd(entry, 0);
  } while (count < 0 && errno == EINTR);
  return count > 0;
}

/// Also where a write would tell an error.
bool writable_now(int fd) noexcept {
  return ready_now(fd, POLLOUT);
}

Transfer transfer(ssize_t count) noexcept {
  using State = Transfer::State;
  if (count >= 0) return {State::done, static_cast<std::size_t>(count)};
  return {errno == EAGAIN ? State::not_now : State::failed, 0};
}

}  // namespace

StreamKind stream_kind(int fd) noexcept {
  struct stat status{};
  const bool socket = ::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
  return socket ? StreamKind::socket : StreamKind::other;
}

bool readable_now(int fd) noexcept {
  return ready_now(fd, POLLIN);
}

std::size_t bytes_waiting(int fd) noexcept {
  int count = 0;
  ::ioctl(fd, FIONREAD, &count);
  return static_cast<std::size_t>(std::max(count, 0));
}

Transfer read_some(int fd, StreamKind kind, std::span<char> buffer) noexcept {
  ssize_t count = -1;
  do {
    count = kind == StreamKind::socket ? ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT)
                                       : ::read(fd, buffer.data(), buffer.size());
  } while (count < 0 && errno == EINTR);
  return transfer(count);
}

UniqueFd reopen_writable(int fd) noexcept {
  struct stat status{};
  const bool pipe = ::fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
  if (pipe || ::isatty(fd) != 0) {
    const std::string name = "/proc/self/fd/" + std::to_string(fd);
    UniqueFd own(::open(name.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (own) return own;
  }
  return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

Transfer write_some(int fd, StreamKind kind, std::string_view bytes) noexcept {
  // A pipe that is writable at all takes this much without blocking.
  const bool may_block = kind == StreamKind::other && (::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0;
  if (may_block) {
    if (!writable_now(fd)) return {Transfer::State::not_now, 0};
    bytes = bytes.substr(0, PIPE_BUF);
  }
  ssize_t count = -1;
  do {
    if (kind == StreamKind::socket) {
      count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    } else {
      const SigpipeBlocked blocked;
      count = ::write(fd, bytes.data(), bytes.size());
    }
  } while (count < 0 && errno == EINTR);
  return transfer(count);
}

}  // namespace axle::ipc
