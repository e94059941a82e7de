// What installing with uv and with pip has in common: one run of a program that fills an
// environment.
#pragma once

#include "frontend/cancellation.hpp"
#include "frontend/environment.hpp"
#include "frontend/environment_variables.hpp"
#include "frontend/installer_options.hpp"
#include "frontend/observer.hpp"
#include "ipc/error.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace axle::frontend {

struct InstallerProgram {
  std::string name;  ///< For messages: "uv 0.5.1".
  std::filesystem::path program;
  std::vector<std::string> arguments;
  std::vector<std::string> requirements;  ///< What is installed, for messages.
  /// A folder for its temporary files, which the caller removes.
  std::filesystem::path scratch;
  InstallerOptions options = {};     ///< Its indexes become variables.
  std::filesystem::path guard = {};  ///< See ProgramRun.
};

/// Runs it for `environment`: without a terminal, in the caller's folder (settings may hold
/// relative paths), with `installer_variables`. Tells `observer` what it prints, and what it has
/// left running. Fails as `Installer::install` does.
Result<> run_installer(const InstallerProgram& installer,
                       const Environment& environment,
                       Observer& observer,
                       const Cancellation& cancellation);

/// The variables of a process that fills `environment`: `base` without those that would have
/// packages installed elsewhere, or that would make packages seem to be there that are not.
EnvironmentVariables installer_variables(EnvironmentVariables base,
                                         const Environment& environment,
                                         const std::filesystem::path& scratch);

/// A requirement is one line and no option of uv or pip. Fails with `errc::environment_failed`,
/// naming the first that is not so.
Result<> check_requirements(const std::vector<std::string>& requirements);

}  // namespace axle::frontend
