// Making an isolated environment in a folder: laid out, filled, and compiled if it is to be kept.
#pragma once

#include "frontend/build_options.hpp"
#include "frontend/cancellation.hpp"
#include "frontend/environment.hpp"
#include "frontend/installer.hpp"
#include "frontend/interpreter.hpp"
#include "frontend/observer.hpp"
#include "ipc/error.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace axle::frontend {

/// What is to be made.
struct EnvironmentOrder {
  Interpreter interpreter;
  std::vector<std::string> requirements;  ///< Sorted.
  /// Whether its modules are compiled once and for all, or each when it is first imported.
  enum class Bytecode { now, on_import } bytecode = Bytecode::on_import;
  std::string project;  ///< For whom, see Activity.
};

/// Not thread-safe.
class EnvironmentMaker {
 public:
  /// Has the installer that `options` lead to fill environments; it is looked for when it is first
  /// needed, and so is the axle-backend that guards it: as `find_backend_program` does.
  explicit EnvironmentMaker(const BuildOptions& options)
      : choice_(options.installer),
        network_(options.network),
        options_(options.installer_options),
        backend_program_(options.backend_program) {}
  /// Has `installer` do that.
  explicit EnvironmentMaker(std::unique_ptr<Installer> installer)
      : installer_(std::move(installer)) {}

  /// Makes it in `folder`, which is new. Tells `observer` of `create_environment` and, where
  /// something is installed, of `install_requirements`. Fails as `Environment::create`,
  /// `find_backend_program`, `choose_installer` and `Installer::install` do; what is in `folder`
  /// then is of no use.
  Result<Environment> make(const std::filesystem::path& folder,
                           const EnvironmentOrder& order,
                           Observer& observer,
                           const Cancellation& cancellation);

  /// Installs the requirements of `order` into `environment`, which `make` has made. Fails as
  /// `make` does.
  Result<> add(const Environment& environment,
               const EnvironmentOrder& order,
               Observer& observer,
               const Cancellation& cancellation);

 private:
  Result<> fill(const Environment& environment,
                const EnvironmentOrder& order,
                Observer& observer,
                const Cancellation& cancellation);

  InstallerChoice choice_ = InstallerChoice::automatic;
  Network network_ = Network::allowed;
  InstallerOptions options_ = {};
  std::filesystem::path backend_program_ = {};
  std::unique_ptr<Installer> installer_;  // none before it is needed
};

}  // namespace axle::frontend
