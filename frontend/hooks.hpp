// The hooks of PEP 517 and PEP 660, typed: what a build asks its build backend.
//
//   TRY(auto backend, provider.backend_for(spec, observer, cancellation));
//   Hooks hooks(std::move(backend), {.source_tree = tree}, observer, cancellation);
//   TRY(auto requirements, hooks.get_requires_for_build_wheel());
//   TRY(auto name, hooks.build_wheel(directory));
#pragma once

#include "frontend/backend_provider.hpp"
#include "frontend/cancellation.hpp"
#include "frontend/config_settings.hpp"
#include "frontend/observer.hpp"
#include "ipc/error.hpp"
#include "ipc/json_text.hpp"
#include "ipc/outcome.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace axle::frontend {

/// What all hook calls of one build have in common.
struct HookSetting {
  std::filesystem::path source_tree;  ///< Absolute.
  /// What the observer is told as the project; empty: the source tree.
  std::filesystem::path project = {};
  ConfigSettings config_settings = {};
  std::optional<std::chrono::milliseconds> timeout = std::nullopt;       ///< Of each hook.
  std::optional<std::chrono::milliseconds> idle_timeout = std::nullopt;  ///< As in HookCall.
};

/// Calls the hooks of one project on a running backend. Every call is an activity `run_hook`.
///
/// Each function fails as BackendProcess::call does, and beside that with
/// - `errc::hook_failed` if the hook raises or its process ends without a result, `hook_failure`
///   telling how. Where the backend died of it, `others` says so.
/// - `errc::hook_missing` if the build backend has no such hook, unless said otherwise.
/// - `errc::bad_artifact` if the hook returns a value of another type than the PEP says.
///
/// Directories are absolute and there; a name that a hook returns has not been checked by anybody.
/// Not thread-safe; observer, cancellation and the backend's provider must outlive it.
class Hooks {
 public:
  /// Holds the lease as long as it lives.
  Hooks(BackendLease backend,
        HookSetting setting,
        Observer& observer,
        const Cancellation& cancellation);

  /// Empty without a call where the build backend has no such hook; so for all three.
  Result<std::vector<std::string>> get_requires_for_build_wheel();
  Result<std::vector<std::string>> get_requires_for_build_sdist();
  Result<std::vector<std::string>> get_requires_for_build_editable();

  /// The name of the .dist-info folder that was made in `metadata_directory`. Nothing, without a
  /// call, where the build backend has no such hook; so for both.
  Result<std::optional<std::string>> prepare_metadata_for_build_wheel(
      const std::filesystem::path& metadata_directory);
  Result<std::optional<std::string>> prepare_metadata_for_build_editable(
      const std::filesystem::path& metadata_directory);

  /// The file name of the wheel. `metadata_directory` is the .dist-info folder that
  /// prepare_metadata_for_build_wheel made before.
  Result<std::string> build_wheel(
      const std::filesystem::path& wheel_directory,
      const std::optional<std::filesystem::path>& metadata_directory = std::nullopt);
  /// The file name of the sdist. Where the build backend cannot make one (UnsupportedOperation),
  /// the error's `hook_failure->unsupported` is true.
  Result<std::string> build_sdist(const std::filesystem::path& sdist_directory);
  /// As build_wheel.
  Result<std::string> build_editable(
      const std::filesystem::path& wheel_directory,
      const std::optional<std::filesystem::path>& metadata_directory = std::nullopt);

  /// Calls any hook with these `kwargs` (an object) as they are, and tells its outcome, whatever it
  /// is.
  Result<ipc::Outcome> call(const std::string& hook, const ipc::JsonText& kwargs);

 private:
  Result<ipc::Outcome> outcome_of(const std::string& hook, const ipc::JsonText& kwargs);
  /// Calls `hook` and reads what it returned by `read`.
  template <class T>
  Result<T> value_of(const char* hook,
                     ipc::JsonObject kwargs,
                     Result<T> (*read)(const ipc::JsonText&));
  Result<std::vector<std::string>> requirements(const char* hook);
  Result<std::optional<std::string>> metadata(const char* hook,
                                              const std::filesystem::path& directory);
  Result<std::string> wheel(const char* hook,
                            const std::filesystem::path& wheel_directory,
                            const std::optional<std::filesystem::path>& metadata_directory);
  [[nodiscard]] Activity activity(const std::string& hook) const;

  BackendLease backend_;
  HookSetting setting_;
  Observer* observer_;
  const Cancellation* cancellation_;
};

}  // namespace axle::frontend
