// What the user says, as plain structs: the command line, the environment and the files that
// options may stand in (cli/option_files.hpp).
//
//   auto arguments = parse_arguments(words);      // without the program's own name
//   if (!arguments) ...                           // errc::usage
//   std::visit(..., *arguments);
#pragma once

#include "cli/ci_service.hpp"
#include "cli/color.hpp"
#include "cli/help.hpp"
#include "cli/setting_arguments.hpp"
#include "cli/verbosity.hpp"
#include "frontend/artifact.hpp"
#include "frontend/batch.hpp"
#include "frontend/build_options.hpp"
#include "frontend/builder.hpp"
#include "ipc/error.hpp"
#include "ipc/json_text.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
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
};

/// What every command may be told.
struct CommonArguments {
  Verbosity verbosity = Verbosity::normal;
  ColorChoice color = ColorChoice::automatic;
  DaemonUse daemon = DaemonUse::automatic;
  std::optional<CiService> ci = {};  ///< Nothing: what `detected_ci` says.
  /// All but `config_settings` and `daemon_program`.
  frontend::BuildOptions options = {};
  std::filesystem::path trace = {};  ///< Where the timeline goes; empty: there is none.
  ReportArguments report = {};       ///< Of axle build.
  bool no_config = false;            ///< No files with options are heeded.
  /// What goes into `config_settings` of each project's options.
  SettingArguments settings = {};
};

struct BuildArguments;

/// What a project's own files make of the arguments; nothing where it has none.
using OwnArguments = std::shared_ptr<const Result<BuildArguments>>;

/// axle build [SOURCE...]
struct BuildArguments {
  CommonArguments common;
  /// To say only what would be built, in this format; no report is written then.
  std::optional<Format> list = std::nullopt;
  std::vector<std::filesystem::path> sources = {"."};
  frontend::Plan plan = {};
  std::filesystem::path output_directory = {};  ///< Empty: each project's own.
  /// What becomes of the project's earlier artifacts, once the new ones are there.
  enum class Earlier { stay, removed } earlier = Earlier::stay;
  std::size_t jobs = 1;  ///< Builds side by side; 0: one for each processor.
  /// The source that follows a -j without a number, by which a number may have been meant.
  std::filesystem::path jobs_or_source = {};
  frontend::AfterFailure after_failure = frontend::AfterFailure::go_on;
  std::chrono::milliseconds grace{0};
  /// As many as `sources`. Only what is said of one build counts in them.
  std::vector<OwnArguments> own = {};
};

/// axle metadata [SOURCE]
struct MetadataArguments {
  CommonArguments common;
  std::filesystem::path source = ".";
};

/// axle requires [SOURCE]
struct RequiresArguments {
  CommonArguments common;
  std::filesystem::path source = ".";
  frontend::ArtifactKind kind = frontend::ArtifactKind::wheel;
};

/// axle hook SOURCE HOOK
struct HookArguments {
  CommonArguments common;
  std::filesystem::path source;
  std::string hook;
  ipc::JsonText kwargs = {"{}"};
  std::filesystem::path output_directory = {};  ///< Empty: the project's own.
};

/// axle env list|path|prune|clear: the environments that are kept.
struct EnvArguments {
  enum class Action { list, path, prune, clear };
  CommonArguments common;
  Action action = Action::list;
  std::filesystem::path source = ".";  ///< `path`: whose environment.
  frontend::ArtifactKind kind = frontend::ArtifactKind::wheel;
  std::string key = {};  ///< `path`: the first digits of the key, instead of `source`.
  std::chrono::milliseconds older_than = std::chrono::days(30);  ///< `prune`.
  bool json = false;                                             ///< `list`.
};

/// axle daemon ACTION
struct DaemonArguments {
  enum class Action { start, stop, status, logs, run };
  CommonArguments common = {};
  Action action = Action::status;
  bool json = false;  ///< `status`.
  bool in_background = false;
  std::optional<std::chrono::milliseconds> idle = std::nullopt;
};

/// axle doctor [SOURCE]
struct DoctorArguments {
  CommonArguments common = {};
  std::filesystem::path source = {};  ///< Empty: the current folder, if that is a project.
  bool json = false;
};

/// axle --version
struct Version {};

using Arguments = std::variant<BuildArguments,
                               MetadataArguments,
                               RequiresArguments,
                               HookArguments,
                               EnvArguments,
                               DaemonArguments,
                               DoctorArguments,
                               Version,
                               Help>;

/// Fails with `errc::usage`, or `errc::invalid_project` where a project's own file is wrong, a
/// message that names what is wrong, and a hint at what is right.
Result<Arguments> parse_arguments(std::span<const std::string> words);

}  // namespace axle::cli
