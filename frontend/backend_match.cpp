#include "frontend/backend_match.hpp"

#include "frontend/file_identity.hpp"

#include <algorithm>
#include <ranges>
#include <string_view>
#include <utility>

namespace axle::frontend {
namespace {

/// Whether one of the folders in `entry`, if that is PYTHONPATH, is relative, or empty, which
/// stands for the current one.
bool has_relative_python_path(std::string_view entry) {
  constexpr std::string_view variable = "PYTHONPATH=";
  if (!entry.starts_with(variable)) return false;
  for (const auto folder : std::views::split(entry.substr(variable.size()), ':')) {
    if (folder.empty() || folder.front() != '/') return true;
  }
  return false;
}

}  // namespace

bool belongs_to_source_tree(const BackendSpec& spec) {
  return !spec.backend_path.empty() ||
         std::ranges::any_of(spec.environment, has_relative_python_path);
}

bool serves(const BackendSpec& running, const BackendSpec& wanted) {
  BackendSpec other = wanted;
  other.project = running.project;
  if (!belongs_to_source_tree(wanted)) other.source_tree = running.source_tree;
  return running == other;
}

bool can_be_lent(const BackendSpec& spec) {
  return spec.hook_isolation == HookIsolation::forked && !spec.module.starts_with("native:");
}

BackendSpec as_lent(BackendSpec spec, std::vector<std::string> environment) {
  // One that is kept must not hold the folder of its first user.
  if (!belongs_to_source_tree(spec)) spec.source_tree = "/";
  spec.environment = std::move(environment);
  spec.project.clear();
  return spec;
}

std::string programs_of(const BackendSpec& spec) {
  // The link too: that of an environment which was made anew is another.
  return file_identity(spec.python) + "," + link_identity(spec.python) + "," +
         file_identity(spec.backend_program);
}

}  // namespace axle::frontend
