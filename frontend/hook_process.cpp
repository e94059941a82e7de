#include "frontend/hook_process.hpp"

#include "ipc/poll_fds.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace axle::frontend {
namespace {

constexpr unsigned to_process_group = 1u << 2;  // PIDFD_SIGNAL_PROCESS_GROUP, Linux 6.9
constexpr int farthest_ancestor = 8;

int send_through(int pidfd, int signal, unsigned flags) noexcept {
  return static_cast<int>(syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, flags));
}

/// Parent of `pid`, or 0: the fourth field of /proc/<pid>/stat, behind a name that may be anything.
pid_t parent_of(pid_t pid) noexcept {
  std::array<char, 32> path{"/proc/"};
  char* end = std::to_chars(path.data() + 6, path.data() + path.size() - 6, pid).ptr;
  std::memcpy(end, "/stat", 6);
  const ipc::UniqueFd file(open(path.data(), O_RDONLY | O_CLOEXEC));
  std::array<char, 512> buffer{};
  const auto count = file ? read(file.number(), buffer.data(), buffer.size()) : -1;
  if (count <= 0) return 0;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(count));
  const auto name_end = text.rfind(") ");
  pid_t parent = 0;
  if (name_end != text.npos && name_end + 4 < text.size()) {
    std::from_chars(text.data() + name_end + 4, text.data() + text.size(), parent);
  }
  return parent;
}

/// The child and all that descends from it, also where the child is dead: the number of a session
/// is not given out again while the session has members.
bool belongs_to(pid_t pid, pid_t host) noexcept {
  for (int step = 0; step < farthest_ancestor && pid > 1; ++step) {
    if (pid == host || getsid(pid) == host) return true;
    pid = parent_of(pid);
  }
  return false;
}

}  // namespace

HookProcess& HookProcess::operator=(HookProcess&& other) noexcept {
  if (this != &other) {
    kill(std::chrono::milliseconds{0});
    pid_ = other.pid_;
    pidfd_ = std::move(other.pidfd_);
  }
  return *this;
}

HookProcess HookProcess::adopt(pid_t pid, pid_t host) noexcept {
  HookProcess process;
  if (pid <= 1 || pid == host || pid == getpid()) return process;
  ipc::UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd || !belongs_to(pid, host)) return process;
  // Still there: so it was this process, and no later one of the same number, that was looked at.
  if (send_through(pidfd.number(), 0, 0) != 0) return process;
  process.pid_ = pid;
  process.pidfd_ = std::move(pidfd);
  return process;
}

void HookProcess::kill(std::chrono::milliseconds patience) noexcept {
  if (!pidfd_) return;
  const ipc::UniqueFd pidfd = std::move(pidfd_);
  if (send_through(pidfd.number(), SIGKILL, to_process_group) != 0 && errno == EINVAL) {
    // An older kernel: by number, as long as the leader holds it.
    if (send_through(pidfd.number(), 0, 0) == 0 && getpgid(pid_) == pid_) ::kill(-pid_, SIGKILL);
  }
  send_through(pidfd.number(), SIGKILL, 0);  // it may not have had the time to make its group
  pollfd end{.fd = pidfd.number(), .events = POLLIN, .revents = 0};
  while (patience.count() > 0 && ipc::poll_fd(end, static_cast<int>(patience.count())) < 0 &&
         errno == EINTR) {
  }
}

}  // namespace axle::frontend
