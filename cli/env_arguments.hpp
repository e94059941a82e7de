// What the user says to axle env.
#pragma once

#include "cli/common_arguments.hpp"
#include "frontend/artifact.hpp"

#include <chrono>
#include <filesystem>
#include <string>

namespace axle::cli {

/// axle env list|path|prune|clear: the environments that are kept.
struct EnvArguments {
  enum class Action { list, path, prune, clear };
  CommonArguments common;
  Action action = Action::list;
  std::filesystem::path source = ".";  ///< `path`: whose environment.
  frontend::ArtifactKind kind = frontend::ArtifactKind::wheel;
  std::string key = {};  ///< `path`: the first digits of the key, instead of `source`.
  std::chrono::milliseconds older_than = std::chrono::days(30);  ///< `prune`.
  bool json = false;                                             ///< `list`.
};

}  // namespace axle::cli
