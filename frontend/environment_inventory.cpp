#include "frontend/environment_inventory.hpp"

#include "frontend/cache_folder.hpp"
#include "frontend/environment_generations.hpp"
#include "frontend/file_lock.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;
using State = CachedEnvironment::State;

/// The folder of each key in the cache, also of one of which nothing but a lock is left.
Result<std::vector<fs::path>> shelves() {
  TRY(const fs::path root, cache_folder("environments"));
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(root, error), end; !error && entry != end;
       entry.increment(error)) {
    found.push_back(root / entry->path().stem());
  }
  if (error) {
    return fail_errno(errc::io_error, "cannot read " + root.string(), error.value());
  }
  std::ranges::sort(found);
  const auto repeated = std::ranges::unique(found);
  found.erase(repeated.begin(), repeated.end());
  return found;
}

/// The lock of a key; nothing where another axle has it. Where nothing can be locked (a file system
/// that is read-only), nobody makes or removes anything either.
std::optional<FileLock> lock_of(const fs::path& shelf) {
  auto lock = FileLock::try_take(shelf.native() + ".lock");
  if (!lock || !lock->held()) return std::nullopt;
  return *std::move(lock);
}

/// For the holder of the key's lock.
State state_of(const fs::path& folder, const std::optional<EnvironmentRecord>& record) {
  if (!is_whole(folder)) return State::unfinished;
  if (!record || damage_of(folder, *record)) return State::damaged;
  return is_in_use(folder) ? State::in_use : State::idle;
}

}  // namespace

Result<std::vector<CachedEnvironment>> cached_environments() {
  TRY(const auto all, shelves());
  std::vector<CachedEnvironment> found;
  for (const fs::path& shelf : all) {
    const auto lock = lock_of(shelf);
    for (const fs::path& folder : generations(shelf)) {
      auto record = read_record(folder);
      const State state = lock ? state_of(folder, record) : State::in_making;
      found.push_back({.key = shelf.filename(),
                       .folder = folder,
                       .record = std::move(record),
                       .last_use = last_use(folder),
                       .state = state});
    }
  }
  return found;
}

Result<Removed> remove_unused_environments(std::chrono::milliseconds unused_for) {
  TRY(const auto all, shelves());
  const auto since =
      std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) - unused_for;
  Removed removed;
  for (const fs::path& shelf : all) {
    const auto lock = lock_of(shelf);
    if (!lock) continue;
    bool is_newest = true;
    for (const fs::path& folder : generations(shelf)) {
      const auto record = read_record(folder);
      const State state = state_of(folder, record);
      const bool is_whole = state == State::idle || state == State::in_use;
      const bool is_young = unused_for.count() > 0 && last_use(folder) > since;
      const bool is_wanted = is_newest && is_whole && is_young;
      if (state != State::unfinished) is_newest = false;
      if (is_wanted) continue;
      if (remove_generation(folder)) {
        ++removed.count;
        removed.bytes += record ? record->size : 0;
      } else {
        ++removed.in_use;
      }
    }
    ::rmdir(shelf.c_str());  // unless something is in it
  }
  return removed;
}

}  // namespace axle::frontend
