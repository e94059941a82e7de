// Whose artifacts are whose: what one project of a batch has made, another must not replace.
#pragma once

#include "ipc/error.hpp"

#include <filesystem>
#include <map>
#include <mutex>

namespace axle::frontend {

/// Thread-safe.
class OutputClaims {
 public:
  /// `project` is about to put an artifact at `target`; both absolute. A project may replace what
  /// it has made itself. Fails with `errc::usage` if another one has claimed the place.
  Result<> claim(const std::filesystem::path& target, const std::filesystem::path& project);

 private:
  std::mutex mutex_;
  std::map<std::filesystem::path, std::filesystem::path> projects_;  // by target
};

}  // namespace axle::frontend
