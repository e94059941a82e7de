#include "frontend/tree_lock.hpp"

#include "frontend/cache_folder.hpp"
#include "frontend/lock_turn.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;

/// A folder of ours for locks, the same for every axle of this user.
Result<fs::path> lock_folder() {
  const auto is_writable = [](const fs::path& path) {
    return ::access(path.c_str(), W_OK | X_OK) == 0;
  };
  if (auto cache = cache_folder("locks"); cache && is_writable(*cache)) return cache;
  TRY(auto folder, folder_of_last_resort());
  if (!is_writable(folder)) {
    return fail_errno(errc::io_error, "cannot write to " + folder.string(), errno);
  }
  return folder;
}

std::string named(pid_t holder) {
  if (holder == ::getpid()) return "the other build of this project";
  // It has the lock but a moment before it says who it is: this process, or another.
  if (holder == 0) return "another build of this project";
  return fmt::format("another axle (pid {}) that builds this project", holder);
}

}  // namespace

Result<TreeLock> TreeLock::take(const fs::path& root,
                                Observer& observer,
                                const Cancellation& cancellation,
                                std::optional<std::chrono::milliseconds> bound) {
  const auto unlocked = [&](std::string_view why) {
    observer.notice(fmt::format(
        "nothing keeps another axle from building {} at the same time: {}", root.string(), why));
    return TreeLock();
  };
  struct stat tree{};
  if (::stat(root.c_str(), &tree) != 0) return TreeLock();  // which others will tell
  const auto folder = lock_folder();
  if (!folder) return unlocked(folder.error().message);
  auto lock = FileLock::try_take(*folder / fmt::format("{:x}-{:x}", tree.st_dev, tree.st_ino));
  if (!lock) return unlocked(lock.error().message);
  const LockWaiter waiter{.named = named, .project = root.string(), .bound = bound};
  TRY(const auto turn, await_turn(*lock, waiter, observer, cancellation));
  if (turn == LockTurn::never) return TreeLock();
  return TreeLock(*std::move(lock));
}

}  // namespace axle::frontend
