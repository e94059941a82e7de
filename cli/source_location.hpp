// Where in a project an error came from.
#pragma once

#include "ipc/error.hpp"

#include <filesystem>
#include <optional>
#include <string_view>

namespace axle::cli {

struct SourceLocation {
  std::filesystem::path file;  ///< Beneath the source tree, relative to it. It is there.
  int line = 0;                ///< 0: not known.

  bool operator==(const SourceLocation&) const = default;
};

/// The innermost frame of a traceback, as Python prints it, that is code of the project: a file in
/// `tree`, or the same file in an unpacked sdist of it. Packages that are installed beneath the
/// tree are not the project's. Nothing where there is no such frame.
std::optional<SourceLocation> location_in_traceback(std::string_view traceback,
                                                    const std::filesystem::path& tree);

/// The same of an error: what the root cause says, else what is nearer to the hook; of a
/// pyproject.toml that is wrong, its line.
std::optional<SourceLocation> location_of(const Error& error, const std::filesystem::path& tree);

}  // namespace axle::cli
