// Processes that a hook, or a guarded program, has left behind: axle-backend is a subreaper, so
// they come to it when their parents end, wherever they have gone to (setsid, double fork).
#pragma once

#include "ipc/event_loop.hpp"
#include "ipc/left_behind.hpp"

#include <sys/types.h>

#include <span>
#include <vector>

namespace axle::backend {

/// Remembers what it could not end, so that nobody waits for it twice. Not thread-safe.
class Strays {
 public:
  /// Whether there is a child of this process that is not in `ours`, and has not ended.
  [[nodiscard]] bool any(std::span<const pid_t> ours) { return !strays_now(ours).empty(); }

  /// Stops, kills and reaps every child of this process that is not in `ours`, with all that
  /// descends from it, again and again until there is none left or the deadline passes: so also
  /// what forks faster than it is killed. Tells only of those that were still alive.
  ipc::LeftBehind sweep(std::span<const pid_t> ours, ipc::Deadline deadline);

  /// A child that does not end though it was killed: it is reaped if it ends after all.
  void give_up(pid_t pid) { unkillable_.push_back(pid); }

 private:
  [[nodiscard]] std::vector<pid_t> strays_now(std::span<const pid_t> ours);

  std::vector<pid_t> unkillable_;
};

}  // namespace axle::backend
