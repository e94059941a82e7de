// The files in which options may stand beside the command line: axle.toml and [tool.axle] of
// pyproject.toml, which are a project's and of which nobody knows who wrote them, and the user's
// own axle.toml.
//
//   TRY(auto files, project_files("path/to/project"));
//   TRY(auto users, user_files());
//   OptionParser parser(Command::build, joined(files, users));
#pragma once

#include "frontend/toml_value.hpp"
#include "ipc/error.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace axle::cli {

/// Where an option may stand beside the command line.
enum class Standing {
  command_line,  ///< Nowhere.
  user,          ///< In an AXLE_ variable and in the user's file.
  project,       ///< There, and in the files of a project.
};

struct OptionFile {
  std::string name;              ///< For messages.
  std::filesystem::path folder;  ///< Where its relative paths begin; absolute.
  frontend::TomlTable options;
  enum class Of { project, user } of;
};

/// In the order of precedence.
using OptionFiles = std::vector<OptionFile>;

/// axle.toml of the source tree `source`, and [tool.axle] of its pyproject.toml, where they are. An
/// sdist brings no options. Fails with `errc::invalid_project`.
Result<OptionFiles> project_files(const std::filesystem::path& source);

/// axle/axle.toml in $XDG_CONFIG_HOME or ~/.config, where it is. Fails with `errc::usage`.
Result<OptionFiles> user_files();

}  // namespace axle::cli
