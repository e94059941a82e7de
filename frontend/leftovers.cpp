#include "frontend/leftovers.hpp"

#include "ipc/fd.hpp"
#include "ipc/poll_fds.hpp"
#include "ipc/process_state.hpp"

#include <fmt/format.h>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <system_error>

namespace axle::frontend {
namespace {

using Clock = std::chrono::steady_clock;

// Who was there before any build; none until orphans are adopted.
std::optional<std::vector<pid_t>> strangers;
std::vector<pid_t> daemons;  // among the strangers
std::mutex strangers_mutex;  // builds side by side may meet several

// Orphans may be given to any of our threads.
std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> found;
  std::error_code error;
  const std::filesystem::path tasks = fmt::format("/proc/{}/task", parent);
  for (std::filesystem::directory_iterator task(tasks, error), end; !error && task != end;
       task.increment(error)) {
    std::ifstream list(task->path() / "children");
    for (pid_t pid = 0; list >> pid;) found.push_back(pid);
  }
  return found;
}

// What a daemon that has died leaves to us leaves by itself, or is on loan to others until then. It
// comes to us before its daemon is reaped.
bool is_of_a_dead_daemon(pid_t pid) {
  return std::ranges::any_of(daemons, ipc::is_ending) && ipc::process_name(pid) == "axle-backend";
}

// Only we can reap a child of ours, so its number cannot be a stranger's.
void end_child(pid_t pid, Clock::time_point deadline) {
  const ipc::UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  ::kill(pid, SIGKILL);
  if (!pidfd) return;
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  pollfd ended{pidfd.number(), POLLIN, 0};
  ipc::poll_fd(ended, static_cast<int>(std::max<decltype(left)>(left, 0)));
}

}  // namespace

// Those of a stranger may come to us when it ends.
std::vector<pid_t> descendants_of(pid_t ancestor) {
  std::vector<pid_t> found = children_of(ancestor);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::vector<pid_t> theirs = children_of(found[i]);
    found.insert(found.end(), theirs.begin(), theirs.end());
  }
  return found;
}

void leave_daemon_alone(pid_t pid) {
  const std::scoped_lock lock(strangers_mutex);
  if (!strangers || std::ranges::find(daemons, pid) != daemons.end()) return;
  strangers->push_back(pid);
  daemons.push_back(pid);
}

void end_orphans(const std::function<bool(pid_t)>& is_ours) {
  for (const pid_t pid : children_of(::getpid())) {
    if (is_ours(pid)) continue;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, WNOHANG);
  }
}

void adopt_orphans() {
  siginfo_t ignored{};
  const int any = WEXITED | WNOHANG | WNOWAIT | __WALL;
  const bool is_childless = ::waitid(P_ALL, 0, &ignored, any) != 0 && errno == ECHILD;
  strangers = is_childless ? std::vector<pid_t>() : descendants_of(::getpid());
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

std::vector<Leftover> end_leftovers(std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  std::vector<Leftover> leftovers;
  if (!strangers) return leftovers;
  while (true) {
    pid_t reaped = 0;
    do {
      reaped = ::waitpid(-1, nullptr, WNOHANG);
    } while (reaped > 0);
    if (reaped < 0 || Clock::now() >= deadline) return leftovers;
    std::vector<pid_t> running = children_of(::getpid());
    std::erase_if(running, [](pid_t pid) {
      return std::ranges::find(*strangers, pid) != strangers->end() || is_of_a_dead_daemon(pid);
    });
    if (running.empty()) return leftovers;  // strangers alone, or a kernel that does not tell
    for (const pid_t pid : running) {
      if (std::ranges::find(leftovers, pid, &Leftover::pid) == leftovers.end()) {
        leftovers.push_back({.pid = pid, .name = ipc::process_name(pid)});
      }
      end_child(pid, deadline);
    }
  }
}

}  // namespace axle::frontend
