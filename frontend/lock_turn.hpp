// Waiting for one's turn with a FileLock: told once, traced, stoppable and, where that is wanted,
// bounded.
#pragma once

#include "frontend/cancellation.hpp"
#include "frontend/file_lock.hpp"
#include "frontend/observer.hpp"
#include "ipc/error.hpp"

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace axle::frontend {

/// Who waits for a lock, and for how long.
struct LockWaiter {
  /// Who has the lock, in words that follow "waiting for "; 0: it has not said yet who it is.
  std::function<std::string(pid_t)> named;
  std::string project;  ///< For whose build, as in Activity.
  /// Nothing: for as long as it takes.
  std::optional<std::chrono::milliseconds> bound = std::nullopt;
};

enum class LockTurn {
  come,   ///< The lock is held.
  never,  ///< An ancestor of this process has it, or may have it, and that waits for us.
};

/// Waits until `lock` is held, and tells `observer` once for whom. Fails with `errc::timed_out`
/// when the bound is over, saying who has the lock then, with `errc::cancelled` if that is
/// requested meanwhile, and with `errc::io_error` as FileLock::wait.
Result<LockTurn> await_turn(FileLock& lock,
                            const LockWaiter& waiter,
                            Observer& observer,
                            const Cancellation& cancellation);

}  // namespace axle::frontend
