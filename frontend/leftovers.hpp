// Nothing outlives the program: processes that a build left behind come to us when their parents
// end, and are ended before we leave.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace axle::frontend {

struct Leftover {
  pid_t pid = 0;
  std::string name;  ///< As /proc/<pid>/comm has it.
};

/// Makes this process the parent of all orphans among its descendants (PR_SET_CHILD_SUBREAPER), and
/// remembers those that it has by now: background children of a shell that became this program are
/// no leftovers of a build. Call it before anything is started.
void adopt_orphans();

/// From now on this daemon of axle's is no leftover, though it may have come to us; nor are its
/// instances of axle-backend, which come to us when it dies. Safe to be used by several threads.
void leave_daemon_alone(pid_t pid);

/// The children of a process, and theirs, as far as the system tells.
std::vector<pid_t> descendants_of(pid_t ancestor);

/// Kills and reaps the children of this process that `is_ours` does not claim, without waiting;
/// they are orphans that came to us.
void end_orphans(const std::function<bool(pid_t)>& is_ours);

/// Kills and reaps every child that came since `adopt_orphans`, and theirs, until none is left or
/// `patience` is over; returns those that were still running. Does nothing where no orphans were
/// adopted. Call it when no one else waits for a child.
std::vector<Leftover> end_leftovers(std::chrono::milliseconds patience);

}  // namespace axle::frontend
