// The [build-system] of a pyproject.toml whose text is the input.
#include "frontend/build_system.hpp"

#include "frontend/utf8.hpp"
#include "ipc/private_dir.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/scratch.hpp"

#include <algorithm>
#include <filesystem>

namespace axle::fuzz {
namespace {

namespace fs = std::filesystem;

/// A source tree with a folder `in`, and links to it and out of the tree.
fs::path make_tree(const fs::path& scratch) {
  const fs::path tree = scratch / "tree";
  fs::create_directories(tree / "in/deep");
  fs::create_directories(scratch / "tree-beside");
  fs::create_directory_symlink("in", tree / "link");
  fs::create_directory_symlink("..", tree / "out");
  return tree;
}

std::string toml_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

/// The same build system, in the plainest spelling.
std::string rewritten(const frontend::BuildSystem& system, const fs::path& tree) {
  std::string text = "[build-system]\nrequires = [";
  for (const std::string& requirement : system.requirements) text += toml_string(requirement) + ',';
  text += "]\nbuild-backend = " + toml_string(system.backend()) + "\nbackend-path = [";
  for (const fs::path& path : system.backend_path) {
    text += toml_string(path.lexically_relative(tree).string()) + ',';
  }
  return text + "]\n";
}

void check_system(const frontend::BuildSystem& system, const fs::path& tree) {
  hold(!system.backend_module.empty(), "a build backend is named");
  hold(!system.backend_module.contains(':') && !system.backend_object.contains(':'),
       "a build backend is a module and an object");
  for (const std::string& requirement : system.requirements) {
    hold(is_utf8(requirement), "a requirement is UTF-8");
    const std::size_t first = requirement.find_first_not_of(" \t");
    hold(first != requirement.npos && requirement[first] != '-',
         "a requirement is no option of an installer's");
    hold(requirement.find_first_of("\n\r") == requirement.npos, "a requirement is one line");
  }
  for (const fs::path& path : system.backend_path) {
    hold(path.is_absolute() && fs::canonical(path) == path, "a backend-path is resolved");
    hold(path == tree || path.native().starts_with(tree.native() + '/'),
         "a backend-path is in the source tree");
  }
  hold(std::ranges::all_of(system.warnings, is_utf8), "warnings are UTF-8");
}

}  // namespace

void check(std::string_view input) {
  static const Scratch scratch;
  static const fs::path tree = make_tree(scratch.path());
  const fs::path file = tree / "pyproject.toml";
  hold(ipc::write_file_atomically(file, input).has_value(), "pyproject.toml can be written");
  const auto system = frontend::read_build_system(tree);
  if (!system) {
    hold(system.error().code == errc::invalid_project, "a wrong pyproject.toml is told as such");
    hold(system.error().message.starts_with(file.native() + ':'), "the place is told");
    hold(is_utf8(system.error().message) && is_utf8(system.error().hint), "messages are UTF-8");
    return;
  }
  check_system(*system, tree);
  hold(ipc::write_file_atomically(file, rewritten(*system, tree)).has_value(),
       "pyproject.toml can be written");
  const auto again = frontend::read_build_system(tree);
  hold(again && again->requirements == system->requirements &&
           again->backend() == system->backend() && again->backend_path == system->backend_path,
       "a build system reads back as it was written");
}

}  // namespace axle::fuzz
