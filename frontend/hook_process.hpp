// The process of a running hook, which is not our child: held by a pidfd, so that it can be ended
// with its whole process group when its host is gone and cannot do it.
#pragma once

#include "ipc/fd.hpp"

#include <sys/types.h>

#include <chrono>

namespace axle::frontend {

/// At most one process; never signals one by a number that may have gone to somebody else.
/// Destruction kills the group of one that is held.
class HookProcess {
 public:
  HookProcess() = default;
  HookProcess(HookProcess&&) noexcept = default;
  HookProcess& operator=(HookProcess&& other) noexcept;
  ~HookProcess() { kill(std::chrono::milliseconds{0}); }

  /// Holds process `pid` if it belongs to `host`: descends from it, or from a process of its
  /// session. Anything else, such as one that is gone already, is not held.
  static HookProcess adopt(pid_t pid, pid_t host) noexcept;

  /// Whether there is one; it may have ended.
  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(pidfd_); }
  /// It has ended well: nothing is to be killed.
  void release() noexcept { pidfd_.reset(); }
  /// Kills it and the process group that it leads, and waits for its own end, at most for
  /// `patience`. Does nothing where none is held, and holds none afterwards.
  void kill(std::chrono::milliseconds patience) noexcept;

 private:
  pid_t pid_ = 0;
  ipc::UniqueFd pidfd_;
};

}  // namespace axle::frontend
