// What is in the cache of environments: to be told, and to be tidied up.
#pragma once

#include "frontend/environment_record.hpp"
#include "ipc/error.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace axle::frontend {

/// An environment in the cache as it was found.
struct CachedEnvironment {
  enum class State {
    idle,
    in_use,      ///< By a build.
    in_making,   ///< By another axle, at this moment; it may also be about to be removed.
    damaged,     ///< It will be made anew when it is asked for.
    unfinished,  ///< Its maker was killed.
  };
  std::string key;  ///< The first digits, as in the name of its folder.
  std::filesystem::path folder;
  std::optional<EnvironmentRecord> record;  ///< Nothing if there is none that can be read.
  SystemTime last_use;
  State state;
};

/// Every environment in the cache, by key and the newest first. Fails as `cache_folder` does.
Result<std::vector<CachedEnvironment>> cached_environments();

/// What was removed, and what could not be.
struct Removed {
  std::size_t count = 0;
  std::uintmax_t bytes = 0;  ///< As far as it is known.
  std::size_t in_use = 0;    ///< So many were wanted gone and are in use.
};

/// Removes those that nobody has asked for within `unused_for`, those that were replaced by newer
/// ones, and damaged and unfinished ones; never one that is in use. 0: all that are not in use.
/// Fails as `cache_folder` does; what cannot be removed is left.
Result<Removed> remove_unused_environments(std::chrono::milliseconds unused_for);

}  // namespace axle::frontend
