// The environments of one key on disk, and who uses them: each time one is made anew it gets a
// folder of its own beside the old one, which stays as long as a build uses it.
//
//   environments/0123456789abcdef/1795312345/    bin, lib, ..., axle-environment.json
//                                1795399999/    the newest
//   environments/0123456789abcdef.lock           while somebody makes or removes some of them
//
// Who uses an environment holds a shared lock of its record. Whoever makes or removes one holds the
// lock of the key (`FileLock`), and is the only one to try the records for an exclusive lock.
#pragma once

#include "frontend/environment_record.hpp"
#include "ipc/fd.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace axle::frontend {

/// A whole environment, which is not removed as long as this lives.
struct Generation {
  std::filesystem::path folder;
  std::optional<EnvironmentRecord> record;  ///< Nothing if it cannot be read.
  ipc::UniqueFd use;
};

/// Every generation in `shelf`, the folder of a key, the newest first; whole or not.
std::vector<std::filesystem::path> generations(const std::filesystem::path& shelf);

/// The newest that is whole, in use by us, and marked as used now; nothing if there is none or it
/// is just being removed: then whoever holds the lock of the key knows.
std::optional<Generation> newest_generation(const std::filesystem::path& shelf);

/// A folder for a new generation, which is newer than all that are there and has never been used.
/// Only for the holder of the key's lock.
std::filesystem::path next_generation(const std::filesystem::path& shelf);

/// Whether the making of the environment in `folder` came to its end.
bool is_whole(const std::filesystem::path& folder);

/// When the environment in `folder` was last given to a build; that of a making that did not end
/// was never.
SystemTime last_use(const std::filesystem::path& folder);

/// Whether a build uses the environment in `folder`. Only for the holder of the key's lock.
bool is_in_use(const std::filesystem::path& folder);

/// Removes the environment in `folder` unless a build uses it; true if it is gone. It is no
/// environment any more before the first of its files is removed. Only for the holder of the key's
/// lock.
bool remove_generation(const std::filesystem::path& folder);

}  // namespace axle::frontend
