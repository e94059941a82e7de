#include "backend/strays.hpp"

#include "backend/wait_readable.hpp"
#include "ipc/fd.hpp"

#include <fmt/format.h>

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace axle::backend {
namespace {

using ipc::Deadline;

/// The children of this process, which has one thread.
std::vector<pid_t> children() {
  std::vector<pid_t> found;
  std::ifstream file(fmt::format("/proc/self/task/{}/children", getpid()));
  for (pid_t pid = 0; file >> pid;) found.push_back(pid);
  return found;
}

std::string name_of(pid_t pid) {
  std::string name;
  std::getline(std::ifstream(fmt::format("/proc/{}/comm", pid)), name);
  return fmt::format("{} (pid {})", name, pid);
}

bool is_dead(pid_t pid) {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
         info.si_pid == pid;
}

/// Kills a child and reaps it; false: it does not end in time (it hangs in the kernel).
bool end(pid_t pid, Deadline deadline) {
  const ipc::UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  kill(pid, SIGKILL);  // a child of ours that we have not reaped: the number is its own
  if (!wait_readable(pidfd.number(), deadline)) return false;
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG) == 0;
}

}  // namespace

std::vector<std::string> sweep_strays(std::span<const pid_t> ours, Deadline deadline) {
  std::vector<std::string> described;
  std::vector<pid_t> stuck;
  for (;;) {
    bool found = false;
    for (const pid_t pid : children()) {
      if (std::ranges::find(ours, pid) != ours.end()) continue;
      if (std::ranges::find(stuck, pid) != stuck.end()) continue;
      found = true;
      if (!is_dead(pid)) described.push_back(name_of(pid));
      if (!end(pid, deadline)) stuck.push_back(pid);
    }
    // The children of a stray become ours when it ends.
    if (!found || ipc::Clock::now() >= deadline) return described;
  }
}

}  // namespace axle::backend
