// What the user says to the commands that ask something of one project.
#pragma once

#include "cli/common_arguments.hpp"
#include "frontend/artifact.hpp"
#include "ipc/json_text.hpp"

#include <filesystem>
#include <string>

namespace axle::cli {

/// axle metadata [SOURCE]
struct MetadataArguments {
  CommonArguments common;
  std::filesystem::path source = ".";
};

/// axle requires [SOURCE]
struct RequiresArguments {
  CommonArguments common;
  std::filesystem::path source = ".";
  frontend::ArtifactKind kind = frontend::ArtifactKind::wheel;
};

/// axle hook SOURCE HOOK
struct HookArguments {
  CommonArguments common;
  std::filesystem::path source;
  std::string hook;
  ipc::JsonText kwargs = {"{}"};
  std::filesystem::path output_directory = {};  ///< Empty: the project's own.
};

}  // namespace axle::cli
