#include "backend/strays.hpp"

#include "backend/wait_readable.hpp"
#include "ipc/fd.hpp"
#include "ipc/process_state.hpp"

#include <fmt/format.h>

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

namespace axle::backend {
namespace {

using ipc::Deadline;
using namespace std::chrono_literals;

constexpr auto death_time = 200ms;  // SIGKILL until the end

/// The children of this process, which has one thread.
std::vector<pid_t> children() {
  std::vector<pid_t> found;
  std::ifstream file(fmt::format("/proc/self/task/{}/children", getpid()));
  for (pid_t pid = 0; file >> pid;) found.push_back(pid);
  return found;
}

bool contains(std::span<const pid_t> pids, pid_t pid) {
  return std::ranges::find(pids, pid) != pids.end();
}

/// Reaps a child that has ended; false: it has not.
bool reap(pid_t pid) {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG) != 0 || info.si_pid == pid;
}

/// `roots`, and all that descends from them; parents first.
std::vector<pid_t> with_descendants(std::vector<pid_t> roots) {
  std::multimap<pid_t, pid_t> children_of;
  for (const auto& [pid, parent] : ipc::all_processes()) children_of.emplace(parent, pid);
  for (std::size_t at = 0; at < roots.size(); ++at) {
    const auto [begin, end] = children_of.equal_range(roots[at]);
    for (auto child = begin; child != end; ++child) roots.push_back(child->second);
  }
  return roots;
}

/// Stops the process if it still is what was found: a root, or a child of one that is stopped.
bool stop(pid_t pid, const std::vector<pid_t>& roots, const std::set<pid_t>& stopped) {
  const ipc::UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  const auto parent = ipc::parent_of_living(pid);
  if (!parent || (!contains(roots, pid) && !stopped.contains(*parent))) return false;
  return syscall(SYS_pidfd_send_signal, pidfd.number(), SIGSTOP, nullptr, 0) == 0;
}

/// Stops `roots` and what descends from them, until a look finds none that runs: what is stopped
/// does not fork. It does not reap either, so the numbers of its children stay theirs.
std::set<pid_t> stop_all(const std::vector<pid_t>& roots, Deadline deadline) {
  // At once, before a look at all processes, which takes long where these take all the time.
  for (const pid_t pid : roots) kill(pid, SIGSTOP);
  std::set<pid_t> stopped;
  for (bool found = true; found && ipc::Clock::now() < deadline;) {
    found = false;
    for (const pid_t pid : with_descendants(roots)) {
      if (stopped.contains(pid) || !stop(pid, roots, stopped)) continue;
      stopped.insert(pid);
      found = true;
    }
  }
  return stopped;
}

std::string described(pid_t pid) {
  return fmt::format("{} (pid {})", ipc::process_name(pid), pid);
}

}  // namespace

std::vector<pid_t> Strays::strays_now(std::span<const pid_t> ours) {
  std::erase_if(unkillable_, reap);
  auto found = children();
  std::erase_if(found,
                [&](pid_t pid) { return contains(ours, pid) || contains(unkillable_, pid); });
  std::erase_if(found, reap);
  return found;
}

ipc::LeftBehind Strays::sweep(std::span<const pid_t> ours, Deadline deadline) {
  ipc::LeftBehind swept;
  // The children of a stray become ours when it ends.
  for (auto roots = strays_now(ours); !roots.empty(); roots = strays_now(ours)) {
    std::vector<pid_t> ending;  // by themselves, such as what a dead interpreter kept ready
    std::ranges::copy_if(roots, std::back_inserter(ending), ipc::is_ending);
    for (const pid_t pid : stop_all(roots, deadline)) {
      if (!contains(ending, pid)) swept.killed.push_back(described(pid));
      kill(pid, SIGKILL);
    }
    const auto dead_by = std::max(deadline, ipc::deadline_in(death_time));
    for (const pid_t pid : roots) {
      kill(pid, SIGKILL);  // a child of ours that we have not reaped: the number is its own
      const ipc::UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
      if (wait_readable(pidfd.number(), dead_by)) continue;
      std::erase(swept.killed, described(pid));
      swept.left.push_back(described(pid));
      give_up(pid);
    }
    if (ipc::Clock::now() >= deadline) break;
  }
  return swept;
}

}  // namespace axle::backend
