// One build of a source tree at a time: backends write into the tree, and two that do so at once
// spoil each other's work.
//
//   TRY(const auto lock, TreeLock::take(tree.root(), observer, cancellation));
#pragma once

#include "frontend/cancellation.hpp"
#include "frontend/file_lock.hpp"
#include "frontend/observer.hpp"
#include "ipc/error.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <utility>

namespace axle::frontend {

/// Held from `take` until destruction, or until the process ends in any way: it is a flock on a
/// file that is named by the device and inode of the tree, in a folder of the user's. No process
/// that axle starts inherits it. Other users are not kept out. The file stays for the next build;
/// whoever makes one removes those that had no use for 30 days, once a day at most.
class TreeLock {
 public:
  /// Waits until nobody else holds the lock of the folder `root`, at most for `bound` where there
  /// is one, and tells `observer` once for whom. Fails with `errc::timed_out` when that is over,
  /// saying who has the lock, with `errc::cancelled` if that is requested meanwhile, and with
  /// `errc::io_error` if there is no process to wait with.
  ///
  /// Holds nothing where the lock cannot be had at all, of which `observer` is told; nor where an
  /// ancestor of this process holds it, since that waits for what it has started.
  static Result<TreeLock> take(const std::filesystem::path& root,
                               Observer& observer,
                               const Cancellation& cancellation,
                               std::optional<std::chrono::milliseconds> bound = std::nullopt);

  [[nodiscard]] bool held() const noexcept { return lock_.has_value(); }

 private:
  TreeLock() = default;
  explicit TreeLock(FileLock lock) : lock_(std::move(lock)) {}

  std::optional<FileLock> lock_;
};

}  // namespace axle::frontend
