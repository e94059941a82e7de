// What the [project] table of pyproject.toml says by itself, without asking the build backend.
#pragma once

#include <filesystem>
#include <string>

namespace axle::frontend {

struct TomlTable;

/// Each is empty where it is not said, or is "dynamic" and thus for the build backend to say.
struct ProjectTable {
  std::string name = {};
  std::string version = {};
  std::string requires_python = {};
};

/// Of a whole pyproject.toml.
ProjectTable project_table(const TomlTable& document);

/// Of the project in the folder `source_tree`. Empty where there is none, or none that can be read:
/// the build tells what is wrong with it.
ProjectTable read_project_table(const std::filesystem::path& source_tree);

}  // namespace axle::frontend
