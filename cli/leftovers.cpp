#include "cli/leftovers.hpp"

#include "ipc/fd.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace axle::cli {
namespace {

using Clock = std::chrono::steady_clock;

// Orphans may be given to any of our threads.
std::vector<pid_t> children() {
  std::vector<pid_t> found;
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", error)) {
    std::ifstream list(task.path() / "children");
    for (pid_t pid = 0; list >> pid;) found.push_back(pid);
  }
  return found;
}

std::string name_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/comm", pid));
  std::string name;
  std::getline(file, name);
  return name;
}

// Only we can reap a child of ours, so its number cannot be a stranger's.
void end_child(pid_t pid, Clock::time_point deadline) {
  const ipc::UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  ::kill(pid, SIGKILL);
  if (!pidfd) return;
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  pollfd ended{pidfd.number(), POLLIN, 0};
  ::poll(&ended, 1, static_cast<int>(std::max<decltype(left)>(left, 0)));
}

}  // namespace

void adopt_orphans() noexcept {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

std::vector<Leftover> end_leftovers(std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  std::vector<Leftover> leftovers;
  while (true) {
    pid_t reaped = 0;
    do {
      reaped = ::waitpid(-1, nullptr, WNOHANG);
    } while (reaped > 0);
    if (reaped < 0 || Clock::now() >= deadline) return leftovers;
    const std::vector<pid_t> running = children();
    if (running.empty()) return leftovers;  // a kernel that does not tell
    for (const pid_t pid : running) {
      if (std::ranges::find(leftovers, pid, &Leftover::pid) == leftovers.end()) {
        leftovers.push_back({.pid = pid, .name = name_of(pid)});
      }
      end_child(pid, deadline);
    }
  }
}

}  // namespace axle::cli
