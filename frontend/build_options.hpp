// How to build: everything that a user may choose, with the defaults.
#pragma once

#include "frontend/config_settings.hpp"
#include "frontend/installer_options.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace axle::frontend {

class EnvironmentDirectory;
class HostSource;
class KeptFolders;
class OutputClaims;

/// Where hooks find their build requirements.
enum class Isolation {
  isolated,  ///< In an environment made for them, and nothing else.
  none,      ///< In the environment of the interpreter itself, as it is.
};

/// Who fills an isolated environment.
enum class InstallerChoice { automatic, uv, pip };

/// Whether packages may be fetched for an isolated environment.
enum class Network {
  allowed,
  none,  ///< What this machine has must do, whatever its age.
};

/// Whether build requirements are looked for before a build that does not install them.
enum class DependencyCheck { before_build, none };

/// Whether the interpreter must be one that requires-python of the project allows.
enum class RequiresPython { heeded, ignored };

/// How axle-backend runs each hook.
enum class HookIsolation {
  forked,   ///< In a fork of the warm interpreter: a fresh process, at the price of a fork.
  in_line,  ///< Inside the warm interpreter: state leaks from hook to hook.
  fresh,    ///< In an interpreter started for it.
};
/// "forked", "inline", "fresh": as the option of axle and axle-backend spells it.
std::string_view to_string(HookIsolation isolation) noexcept;

/// Where hooks run.
enum class Workplace {
  source_tree,
  copy,  ///< In a copy of it, which goes with the builder: the source tree stays as it was.
};

struct BuildOptions {
  Workplace workplace = Workplace::source_tree;
  /// "NAME=value" each: what hooks have in their environment besides, or instead of the caller's.
  std::vector<std::string> hook_variables = {};
  Isolation isolation = Isolation::isolated;
  InstallerChoice installer = InstallerChoice::automatic;
  Network network = Network::allowed;
  InstallerOptions installer_options = {};
  /// Installed beside what the project requires (PEP 508).
  std::vector<std::string> extra_requirements = {};
  DependencyCheck dependency_check = DependencyCheck::before_build;
  RequiresPython requires_python = RequiresPython::heeded;
  /// A cached environment that is older is made anew, unless there is no network.
  std::chrono::milliseconds environment_max_age = std::chrono::hours(24);
  /// So is one that was made before this moment; nothing: none is for that reason.
  std::optional<std::chrono::system_clock::time_point> environments_since = std::nullopt;
  HookIsolation hook_isolation = HookIsolation::forked;
  /// The interpreter: a path, a name to be found on PATH, or what version it has to have.
  std::string python = "python3";
  ConfigSettings config_settings = {};
  /// After this a hook is stopped; nothing: never.
  std::optional<std::chrono::milliseconds> hook_timeout = std::nullopt;
  /// A hook that has printed nothing for so long is stopped; nothing: never.
  std::optional<std::chrono::milliseconds> hook_idle_timeout = std::nullopt;
  /// The program axle-backend; empty: what AXLE_BACKEND names, else the one beside the running
  /// program, on PATH, or where axle was installed.
  std::filesystem::path backend_program = {};
  /// The program axle, whose daemon lends warm backends; empty: every backend is started anew.
  std::filesystem::path daemon_program = {};
  /// Where backends come from that no daemon lends, of builds that share them
  /// (frontend/shared_backends.hpp); null: each builder has its own.
  std::shared_ptr<HostSource> backends = nullptr;
  /// Shared by builds that must not replace each other's artifacts; may be null.
  std::shared_ptr<OutputClaims> claims = nullptr;
  /// Where the isolated environment is, of one build; null: in the cache.
  std::shared_ptr<EnvironmentDirectory> environment_directory = nullptr;
  /// The temporary folders of one build that stay, and are told here; null: none stays.
  std::shared_ptr<KeptFolders> kept = nullptr;
};

}  // namespace axle::frontend
