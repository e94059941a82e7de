#include "frontend/tree_lock.hpp"

#include "frontend/cache_folder.hpp"
#include "frontend/lock_turn.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::days unused_for{30};

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

bool is_older_than(const fs::path& file, std::chrono::days age) {
  std::error_code error;
  const auto changed = fs::last_write_time(file, error);
  return error || changed + age < fs::file_time_type::clock::now();
}

/// By the device and inode of its tree. There may be files of other names in the folder.
std::string name_of(const struct stat& tree) {
  return fmt::format("{:x}-{:x}", tree.st_dev, tree.st_ino);
}

bool is_name(std::string_view name) {
  return name.contains('-') && name.find_first_not_of("0123456789abcdef-") == name.npos;
}

/// Removes what trees of long ago have left. A lock that is held stays, and so does one of which
/// another has been quicker.
void sweep(const fs::path& folder) {
  const fs::path stamp = folder / "swept";
  if (!is_older_than(stamp, std::chrono::days(1))) return;
  if (!std::ofstream(stamp, std::ios::trunc).put('\n').flush()) return;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path& file = entry->path();
    if (!is_name(file.filename().native()) || !is_older_than(file, unused_for)) continue;
    [[maybe_unused]] const auto removed = FileLock::try_take(file, FileLock::File::removed);
  }
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
  const fs::path file = *folder / name_of(tree);
  if (::access(file.c_str(), F_OK) != 0) sweep(*folder);
  auto lock = FileLock::try_take(file, FileLock::File::stays);
  if (!lock) return unlocked(lock.error().message);
  const LockWaiter waiter{.named = named, .project = root.string(), .bound = bound};
  TRY(const auto turn, await_turn(*lock, waiter, observer, cancellation));
  if (turn == LockTurn::never) return TreeLock();
  return TreeLock(*std::move(lock));
}

}  // namespace axle::frontend
