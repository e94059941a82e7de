#include "frontend/pyenv.hpp"

#include "frontend/environment_variables.hpp"
#include "frontend/file_identity.hpp"

#include <algorithm>
#include <string_view>
#include <system_error>
#include <vector>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;

/// The nearest .python-version in a folder or above it.
std::string local_choice(fs::path folder) {
  for (;; folder = folder.parent_path()) {
    const fs::path file = folder / ".python-version";
    if (const std::string identity = file_identity(file); identity != "none") {
      return file.native() + ' ' + identity;
    }
    if (!folder.has_relative_path()) return "none";
  }
}

}  // namespace

std::optional<std::string> choice_of_pyenv(const fs::path& program) {
  const fs::path root = program.parent_path().parent_path();
  const std::string pyenv = file_identity(root / "libexec/pyenv");
  if (program.parent_path().filename() != "shims" || pyenv == "none") return std::nullopt;
  std::string choice = "pyenv " + pyenv;
  std::vector<std::string> variables = EnvironmentVariables::current().entries();
  std::ranges::sort(variables);
  fs::path folder;
  for (const std::string& variable : variables) {
    constexpr std::string_view where = "PYENV_DIR=";
    if (variable.starts_with("PYENV_")) choice += '\n' + variable;
    if (variable.starts_with(where)) folder = variable.substr(where.size());
  }
  std::error_code error;
  const fs::path here = fs::current_path(error);
  choice += '\n' + local_choice(folder) + '\n' + local_choice(here);
  for (const char* name : {"version", "versions", "pyenv.d", "plugins"}) {
    choice += '\n' + file_identity(root / name);
  }
  return choice;
}

bool is_version_of_pyenv(const fs::path& program, const fs::path& executable) {
  const fs::path versions = program.parent_path().parent_path() / "versions" / "";
  return executable.native().starts_with(versions.native());
}

}  // namespace axle::frontend
