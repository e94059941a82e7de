// What the user says that counts for every command, as plain structs.
#pragma once

#include "cli/ci_service.hpp"
#include "cli/color.hpp"
#include "cli/setting_arguments.hpp"
#include "cli/verbosity.hpp"
#include "frontend/build_options.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace axle::cli {

/// Whether warm backends of the daemon are used: automatic says yes, but not in CI.
enum class DaemonUse { automatic, yes, no };

/// What standard output has.
enum class Format { text, json };

/// What programs are told of a command.
struct ReportArguments {
  std::filesystem::path file = {};  ///< Where the report goes; empty: there is none.
  std::string events = {};  ///< Where events go, as EventStream::open takes it; empty: nowhere.
  Format format = Format::text;
  std::filesystem::path dotenv = {};  ///< Where the variables of dotenv.hpp go; empty: nowhere.
};

/// What every command may be told.
struct CommonArguments {
  Verbosity verbosity = Verbosity::normal;
  ColorChoice color = ColorChoice::automatic;
  DaemonUse daemon = DaemonUse::automatic;
  std::optional<CiService> ci = {};  ///< Nothing: what `detected_ci` says.
  /// All but `config_settings` and `daemon_program`.
  frontend::BuildOptions options = {};
  /// The interpreters that were asked for, each once; the first is that of `options`.
  std::vector<std::string> pythons = {};
  std::filesystem::path trace = {};  ///< Where the timeline goes; empty: there is none.
  ReportArguments report = {};
  bool no_config = false;  ///< No files with options are heeded.
  /// What goes into `config_settings` of each project's options.
  SettingArguments settings = {};
};

}  // namespace axle::cli
