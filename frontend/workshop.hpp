// Where hooks are run: from a project's build requirements to a backend that is ready to build.
#pragma once

#include "frontend/archive.hpp"
#include "frontend/artifact.hpp"
#include "frontend/backend_provider.hpp"
#include "frontend/build_options.hpp"
#include "frontend/build_system.hpp"
#include "frontend/cancellation.hpp"
#include "frontend/environment.hpp"
#include "frontend/environment_cache.hpp"
#include "frontend/hooks.hpp"
#include "frontend/interpreter.hpp"
#include "frontend/observer.hpp"
#include "frontend/source_tree.hpp"
#include "ipc/error.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace axle::frontend {

/// What is built: a source tree and what it says about its build.
struct Project {
  SourceTree tree;
  BuildSystem build_system;

  /// Opens and reads `source`. Warnings of its pyproject.toml go to `observer`.
  static Result<Project> open(const std::filesystem::path& source,
                              Observer& observer,
                              const ArchiveLimits& limits = {});
  /// The same project in a copy of its tree. Fails as `SourceTree::copy` and `read_build_system`.
  [[nodiscard]] Result<Project> copy(const Cancellation& cancellation) const;
};

/// Keeps what builds of one run share: the interpreter, environments, living backends. Not
/// thread-safe; the observer and the cancellation must outlive it.
class Workshop {
 public:
  Workshop(BuildOptions options, Observer& observer, const Cancellation& cancellation);

  [[nodiscard]] const BuildOptions& options() const noexcept { return options_; }

  /// More of `BuildOptions::hook_variables`, for hooks that are asked for from now on.
  void add_hook_variables(const std::vector<std::string>& variables) {
    options_.hook_variables.insert(
        options_.hook_variables.end(), variables.begin(), variables.end());
  }
  /// [build-system] requires, and what the user adds to it.
  [[nodiscard]] std::vector<std::string> requirements_of(const Project& project) const;

  /// Hooks that have [build-system] requires only: for get_requires_for_build_*.
  Result<Hooks> bare_hooks(const Project& project);

  /// What get_requires_for_build_* asks for; installs nothing of it.
  Result<std::vector<std::string>> requirements_of(const Project& project, ArtifactKind kind);

  /// Hooks that have all that an artifact of `kind` needs (PEP 517: "the build requirements of
  /// pyproject.toml and those that the get_requires hook returned").
  Result<Hooks> hooks_for(const Project& project, ArtifactKind kind);

 private:
  /// Fails with `errc::environment_failed` where the project does not want the interpreter.
  [[nodiscard]] Result<> check_python(const Interpreter& interpreter, const Project& project) const;
  Result<> need_interpreter(const Project& project);
  /// Without isolation, unless the user does not want that (frontend/dependency_check.hpp).
  Result<> check_requirements(const Project& project, const std::vector<std::string>& requirements);
  /// It stays at least as long as this.
  Result<Environment> isolated_environment(const Project& project,
                                           const std::vector<std::string>& requirements);
  Result<Hooks> hooks_with(const Project& project, const std::vector<std::string>& requirements);

  BuildOptions options_;
  Observer& observer_;
  const Cancellation& cancellation_;
  std::optional<Interpreter> interpreter_;
  std::unique_ptr<EnvironmentCache> environments_;
  std::unique_ptr<BackendProvider> backends_;
};

}  // namespace axle::frontend
