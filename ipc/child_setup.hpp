// What a forked child does before it becomes another program. In a process of many threads only
// async-signal-safe calls are allowed there: no allocation, no locks, no exceptions.
#pragma once

#include "ipc/fd.hpp"

#include <sys/resource.h>
#include <sys/types.h>

namespace axle::ipc {

/// Prepared by the parent, run by the child. What it points to must live until then.
struct ChildSetup {
  /// Which step failed. The step travels from the child to the parent in the upper half of errno.
  enum class Step { execute, enter_folder, place_descriptors, error_pipe_in_the_way, watch };

  const char* folder = nullptr;       ///< To start in; null: the caller's.
  const UniqueFd* sources = nullptr;  ///< What becomes 0, 1, 2, ...; all numbered `count` or more.
  int count = 0;
  bool own_session = true;
  int death_signal = 0;  ///< What the child gets when the caller dies; 0: nothing.
  pid_t caller = 0;
  rlim_t most_fds = 0;

  /// Makes the child what it is to be: its session, signals, folder and descriptors; all others
  /// are closed by exec. `error_pipe` must stay open. False: errno tells step and reason.
  [[nodiscard]] bool run(int error_pipe) const noexcept;

  /// Ends the child without a trace: no buffer is flushed, no handler of the parent's runs.
  [[noreturn]] static void leave() noexcept;

  static int encode(Step step, int errno_value) noexcept;
  static Step step_of(int encoded) noexcept;
  static int errno_of(int encoded) noexcept;
};

}  // namespace axle::ipc
