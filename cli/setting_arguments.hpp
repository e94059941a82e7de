// What the command line says to build backends: for all, for one hook, for one project.
//
//   -C a=1 --hook-config-setting build_wheel:a=2 --project-config-setting attrs:a=3
//
// The nearer word counts, key by key: a hook's before a project's before everybody's.
#pragma once

#include "frontend/config_settings.hpp"
#include "ipc/error.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace axle::cli {

/// The hooks of PEP 517 and PEP 660.
std::span<const std::string_view> hook_names();

/// As they were given.
struct SettingArguments {
  std::vector<std::string> each = {};         ///< KEY[=VALUE]
  std::string json = {};                      ///< An object; excludes `each`.
  std::vector<std::string> of_hooks = {};     ///< HOOK:KEY[=VALUE]
  std::vector<std::string> of_projects = {};  ///< NAME:KEY[=VALUE]

  bool operator==(const SettingArguments&) const = default;
};

/// Whether all of it can be read. Fails with `errc::usage`.
Result<> check(const SettingArguments& arguments);

/// The settings of the project at `source`, whose name is that of its folder or sdist, or the one
/// in its pyproject.toml, in any spelling of PEP 503. Fails with `errc::usage`.
Result<frontend::ConfigSettings> settings_for(const SettingArguments& arguments,
                                              const std::filesystem::path& source);

/// Fails with `errc::usage` where a setting is for a project that none of `sources` is.
Result<> check_projects(const SettingArguments& arguments,
                        std::span<const std::filesystem::path> sources);

}  // namespace axle::cli
