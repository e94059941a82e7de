#include "frontend/old_artifacts.hpp"

#include "frontend/core_metadata.hpp"
#include "frontend/file_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;

/// Whether a file of this name is an sdist or a wheel of the project.
bool belongs_to(const std::string& file_name, const std::string& project) {
  if (file_name.ends_with(".whl")) {
    const auto wheel = parse_wheel_name(file_name);
    return wheel && normalized_name(wheel->distribution) == project;
  }
  const auto stem = sdist_stem(file_name);
  if (!stem || !looks_like_sdist_stem(*stem)) return false;
  // "a-b-1.0" is a-b: what follows the name is a version, which has no hyphen.
  return normalized_name(stem->substr(0, stem->rfind('-'))) == project;
}

}  // namespace

Result<> remove_old_artifacts(std::span<const Artifact> built) {
  if (built.empty()) return {};
  const fs::path folder = built.front().path.parent_path();
  const std::string project = normalized_name(built.front().name);
  std::vector<fs::path> old;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path& path = entry->path();
    if (!fs::is_regular_file(entry->symlink_status(error))) continue;
    const bool is_new = std::ranges::any_of(
        built, [&](const Artifact& one) { return one.path.filename() == path.filename(); });
    if (!is_new && belongs_to(path.filename().string(), project)) old.push_back(path);
  }
  for (const fs::path& path : old) {
    if (!error) fs::remove(path, error);
  }
  if (!error) return {};
  return fail(errc::io_error, fmt::format("cannot clear {}: {}", folder.string(), error.message()));
}

}  // namespace axle::frontend
