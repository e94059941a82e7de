// Whose artifacts are whose: what one project of a batch has made, another must not replace.
#pragma once

#include "frontend/artifact.hpp"
#include "ipc/error.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>

namespace axle::frontend {

/// Thread-safe.
class OutputClaims {
 public:
  /// Lets `project` put an artifact at `target` by `move`, one artifact at a time; both paths are
  /// absolute. From then on the place is the project's, which may replace what it has made itself.
  /// Fails with `errc::usage` if the place is another's, and as `move` does; nothing is claimed
  /// then.
  Result<Artifact> put(const std::filesystem::path& target,
                       const std::filesystem::path& project,
                       const std::function<Result<Artifact>()>& move);

 private:
  std::mutex mutex_;
  std::map<std::filesystem::path, std::filesystem::path> projects_;  // by target
};

}  // namespace axle::frontend
