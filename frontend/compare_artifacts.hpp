// Two archives that should be the same, and why they are not.
#pragma once

#include "ipc/error.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace axle::frontend {

/// What differs between two sdists or two wheels, a line each: members that one lacks, contents
/// (with the first byte that differs), times, modes, kinds, order; where all of that is equal, how
/// they were packed. Empty: the two files are the same, byte for byte. Fails with
/// `errc::bad_artifact` where one cannot be read.
Result<std::vector<std::string>> compare_artifacts(const std::filesystem::path& first,
                                                   const std::filesystem::path& second);

/// The same, but whatever the times of members, and however they are packed.
Result<std::vector<std::string>> compare_contents(const std::filesystem::path& first,
                                                  const std::filesystem::path& second);

}  // namespace axle::frontend
