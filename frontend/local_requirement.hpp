// Requirements that are on this machine already: "name @ file:///wheels/name-1.0-py3-none-any.whl".
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace axle::frontend {

/// The file or folder that a requirement names instead of a version: by a file: URL, as PEP 508
/// allows, or by a path, as uv and pip do; nothing if it names none. It need not be there.
std::optional<std::filesystem::path> local_path_of(std::string_view requirement);

}  // namespace axle::frontend
