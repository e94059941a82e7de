#include "frontend/backend_path.hpp"

#include "frontend/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>

namespace axle::frontend {

namespace fs = std::filesystem;

Result<fs::path> resolve_backend_path(const std::string& entry, const fs::path& root) {
  const auto refuse = [&](std::string_view why, std::string hint) {
    return fail(errc::invalid_project,
                fmt::format("the backend-path '{}' {}", printable(entry), why),
                std::move(hint));
  };
  if (entry.find('\0') != std::string::npos) return refuse("has a NUL", {});
  if (fs::path(entry).is_absolute()) {
    return refuse("is absolute", "name a folder relative to pyproject.toml, such as \".\"");
  }
  std::error_code error;
  fs::path resolved = fs::canonical(root / entry, error);
  if (error || !fs::is_directory(resolved, error)) {
    return refuse("is not a folder of the source tree",
                  "it is relative to pyproject.toml; was it left out of the sdist?");
  }
  // By components: a sibling whose name begins like ours is outside, too.
  const auto [in_root, in_resolved] = std::ranges::mismatch(root, resolved);
  if (in_root != root.end()) {
    return refuse("leads out of the source tree", "an in-tree backend is inside of its project");
  }
  return resolved;
}

}  // namespace axle::frontend
