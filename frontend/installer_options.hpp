// What the user says to the installer, uv or pip alike: where packages come from, and which may be
// taken.
#pragma once

#include "frontend/environment_variables.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace axle::frontend {

/// Whether every package must have one of the hashes that the constraints name for it.
enum class HashRule { as_given, required };

struct InstallerOptions {
  std::vector<std::filesystem::path> constraints = {};  ///< Files, absolute.
  HashRule hashes = HashRule::as_given;
  std::string index = {};                       ///< A URL, in place of all others.
  std::vector<std::string> extra_indexes = {};  ///< URLs.
  std::vector<std::string> find_links = {};     ///< Absolute paths and URLs.
  std::string exclude_newer = {};               ///< A date, as the installer reads it.
};

/// Them as texts to be hashed into the key of an environment: with the content of constraints and
/// the state of folders, without passwords in URLs.
std::vector<std::string> texts_of(const InstallerOptions& options);

/// The arguments that uv and pip have in common. What may hold a password is not among them, since
/// everybody sees arguments.
std::vector<std::string> arguments_of(const InstallerOptions& options);

/// Sets the variables with which uv and pip know of the indexes.
void put_indexes(const InstallerOptions& options, EnvironmentVariables& variables);

}  // namespace axle::frontend
