// The isolated environments of one run: each made when it is first asked for, shared by all that
// need the same, and gone with the store.
//
//   EnvironmentStore store(InstallerChoice::automatic, "path/to/project", observer, cancellation);
//   TRY(const auto environment, store.environment_for(interpreter, build_system.requires_));
#pragma once

#include "frontend/build_options.hpp"
#include "frontend/cancellation.hpp"
#include "frontend/environment.hpp"
#include "frontend/installer.hpp"
#include "frontend/interpreter.hpp"
#include "frontend/observer.hpp"
#include "ipc/error.hpp"
#include "ipc/private_dir.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace axle::frontend {

/// Not thread-safe. What runs in an environment must have ended before the store is destroyed.
class EnvironmentStore {
 public:
  /// `project` is for the observer's activities. `observer` and `cancellation` must outlive it.
  EnvironmentStore(InstallerChoice choice,
                   std::string project,
                   Observer& observer,
                   const Cancellation& cancellation);
  /// Has `installer` fill the environments, whatever the choice would be.
  EnvironmentStore(std::unique_ptr<Installer> installer,
                   std::string project,
                   Observer& observer,
                   const Cancellation& cancellation);

  /// The environment of `interpreter` with `requirements` and nothing else, made by the first call
  /// for these (in any order) and the same from then on. The environment is not to be changed.
  ///
  /// Tells the observer of `create_environment` and `install_requirements`, of the latter only
  /// where something is installed. Fails as `Environment::create`, `choose_installer` and
  /// `Installer::install` do; nothing is kept of an environment that failed.
  Result<std::shared_ptr<const Environment>> environment_for(
      const Interpreter& interpreter, const std::vector<std::string>& requirements);

 private:
  Result<Environment> make(const Interpreter& interpreter,
                           const std::filesystem::path& folder,
                           const std::vector<std::string>& requirements);
  Result<> install(const Environment& environment, const std::vector<std::string>& requirements);

  InstallerChoice choice_;
  std::unique_ptr<Installer> installer_;  // none before the first installation
  std::string project_;
  Observer& observer_;
  const Cancellation& cancellation_;
  std::optional<ipc::PrivateDir> directory_;  // none before the first environment
  std::map<std::string, std::shared_ptr<const Environment>> environments_;  // by key
};

}  // namespace axle::frontend
