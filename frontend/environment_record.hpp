// What is known of an environment on disk: a small file in it, written last, so that an environment
// that has one is whole.
//
//   EnvironmentRecord record{.key = key, ...};
//   TRY(write_record(folder, record));          // takes the stamps of what is there
//   ...
//   const auto record = read_record(folder);    // later, in another axle
//   if (!record || damage_of(folder, *record)) ...
#pragma once

#include "ipc/error.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace axle::frontend {

using SystemTime = std::chrono::sys_time<std::chrono::milliseconds>;

struct EnvironmentRecord {
  std::string key;  ///< `environment_key`, whole.
  /// When its making began: from then on it may differ from what would be made.
  SystemTime made = {};
  std::string python = {};          ///< The interpreter behind it.
  std::string version = {};         ///< Of Python, "3.11.2".
  std::string implementation = {};  ///< "cpython".
  /// Sorted, and without passwords in URLs.
  std::vector<std::string> requirements = {};
  std::uintmax_t size = 0;  ///< Of all files in it, in bytes.
  /// Each folder and each top-level file of the environment, below its prefix, with its stamp
  /// (`file_stamp`): the time of a folder changes with every entry that is added, renamed or
  /// removed.
  std::vector<std::pair<std::string, std::string>> stamps = {};
};

/// The name of the file in an environment.
inline constexpr const char* record_name = "axle-environment.json";

/// Takes `size` and `stamps` of what is in the environment `folder`, and writes the record there.
/// Fails with `errc::environment_failed`, naming the file or folder.
Result<> write_record(const std::filesystem::path& folder, EnvironmentRecord record);

/// What stands in `folder`; nothing if no record can be read there.
std::optional<EnvironmentRecord> read_record(const std::filesystem::path& folder);

/// What is not as it was made, as a sentence's end ("lib/python3.11/site-packages has changed");
/// nothing if all is well. Looks at times and sizes only, never into files or into __pycache__,
/// which may grow.
std::optional<std::string> damage_of(const std::filesystem::path& folder,
                                     const EnvironmentRecord& record);

/// A requirement as it may be shown and stored: "name @ https://***@host/..." for one with a
/// password.
std::string without_credentials(std::string requirement);
/// Each of them so.
std::vector<std::string> shown_requirements(std::vector<std::string> requirements);

}  // namespace axle::frontend
