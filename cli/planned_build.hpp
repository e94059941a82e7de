// The builds of one axle build: each source with each interpreter.
#pragma once

#include "cli/build_arguments.hpp"
#include "cli/sibling_builds.hpp"
#include "frontend/builder.hpp"
#include "frontend/kept_folders.hpp"
#include "ipc/error.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace axle::cli {

struct PlannedBuild {
  std::filesystem::path source;  ///< As it was given.
  std::string name;              ///< What it is called beside others, shortly.
  std::string title;             ///< The same with the source as it was given.
  /// What counts for it, or what is wrong with the project's own files. Lives as long as the
  /// arguments that this was planned from.
  Result<const BuildArguments*> arguments;
  std::string python = {};  ///< As BuildOptions has it.
  frontend::Plan plan = {};
  /// Those of the same source, with other interpreters; null: there are none.
  std::shared_ptr<SiblingBuilds> siblings = nullptr;
  std::size_t number = 0;  ///< Among its siblings.
  /// It makes wheels from the sdist that one of its siblings makes: the first, if all goes well.
  bool shares_sdist = false;
  /// What it leaves in place; null: nothing.
  std::shared_ptr<frontend::KeptFolders> kept = nullptr;
};

/// In the order of the sources, and for each in the order of the interpreters. Of a source that
/// makes nothing but an sdist there is one, with the first interpreter: no other makes an sdist.
std::vector<PlannedBuild> planned_builds(const BuildArguments& arguments);

/// Absolute, without "." and "..", and without the slash at the end of a folder.
std::filesystem::path whole_path(const std::filesystem::path& source);

}  // namespace axle::cli
