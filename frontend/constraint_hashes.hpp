// The hashes that constraints files name for packages.
#pragma once

#include <filesystem>
#include <span>
#include <string>

namespace axle::frontend {

/// `requirement` as a line of a requirements file, with the hashes that the files `constraints`
/// name for it: pip wants them there where they are required.
std::string with_hashes(const std::string& requirement,
                        std::span<const std::filesystem::path> constraints);

}  // namespace axle::frontend
