// The isolated environments of one run: each made when it is first asked for, shared by all that
// need the same, and gone with the store.
//
//   TRY(auto store, EnvironmentStore::create(InstallerChoice::automatic));
//   TRY(auto environment, store->environment_for(interpreter, requirements, observer,
//   cancellation));
#pragma once

#include "frontend/build_options.hpp"
#include "frontend/cancellation.hpp"
#include "frontend/environment.hpp"
#include "frontend/installer.hpp"
#include "frontend/interpreter.hpp"
#include "frontend/observer.hpp"
#include "ipc/error.hpp"
#include "ipc/private_dir.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace axle::frontend {

/// Owns the environments on disk, in a folder of its own below `ipc::temporary_directory()`.
/// Not thread-safe. What runs in an environment must have ended before the store is destroyed.
class EnvironmentStore {
 public:
  /// Environments are filled by the installer that `choice` leads to, which is looked for when it
  /// is first needed. Fails with `errc::io_error` if there is no folder to be had.
  static Result<std::unique_ptr<EnvironmentStore>> create(InstallerChoice choice);
  /// Has `installer` fill them.
  static Result<std::unique_ptr<EnvironmentStore>> create(std::unique_ptr<Installer> installer);

  /// The environment of `interpreter` with `requirements` and nothing else: made by the first call
  /// for these (in any order), the same from then on. It is not to be changed.
  ///
  /// Tells `observer` of `create_environment` and, where something is installed, of
  /// `install_requirements`, for `project`. Fails as `Environment::create`, `choose_installer` and
  /// `Installer::install` do; nothing is left of an environment that failed.
  Result<std::shared_ptr<const Environment>> environment_for(
      const Interpreter& interpreter,
      const std::vector<std::string>& requirements,
      Observer& observer,
      const Cancellation& cancellation,
      const std::string& project = {});

 private:
  EnvironmentStore(InstallerChoice choice,
                   std::unique_ptr<Installer> installer,
                   ipc::PrivateDir directory)
      : choice_(choice), installer_(std::move(installer)), directory_(std::move(directory)) {}

  Result<> install(const Environment& environment,
                   const std::vector<std::string>& requirements,
                   Observer& observer,
                   const Cancellation& cancellation);

  InstallerChoice choice_;
  std::unique_ptr<Installer> installer_;  // none before it is needed
  ipc::PrivateDir directory_;
  std::map<std::string, std::shared_ptr<const Environment>> environments_;  // by key
};

}  // namespace axle::frontend
