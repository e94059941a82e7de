// Installing with pip: with whichever there is, since an isolated environment has none of its own.
#pragma once

#include "frontend/installer.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace axle::frontend {

/// A pip, and how it is run to install into an environment.
struct Pip {
  std::string name;  ///< For messages: "pip 23.2.1 of /usr/bin/python3".
  std::filesystem::path program;
  std::vector<std::string> arguments;  ///< Those before "install".
};

/// The first of these that is there, to install into `environment`:
/// - pip 22.3 or newer (it can install for another interpreter) of the environment's interpreter,
///   or of the one behind that;
/// - the pip that this interpreter brings along for new virtual environments (ensurepip);
/// - pip 22.3 or newer of `python3` on PATH, which may be too old for the interpreter;
/// - a pip in /usr/share/python-wheels, where distributions put what ensurepip would bring.
/// A pip whose own dependencies were taken out of it cannot install for another interpreter.
/// Fails with `errc::environment_failed`, naming the interpreters asked, and `errc::cancelled`.
Result<Pip> find_pip(const Environment& environment, const Cancellation& cancellation);

/// The arguments from "install" on; `requirements_file` has a requirement a line. pip heeds markers
/// in files only.
std::vector<std::string> pip_install_arguments(const std::filesystem::path& requirements_file,
                                               Network network = Network::allowed);

class PipInstaller final : public Installer {
 public:
  /// `guard` is that of ProgramRun.
  explicit PipInstaller(Network network = Network::allowed,
                        InstallerOptions options = {},
                        std::filesystem::path guard = {})
      : network_(network), options_(std::move(options)), guard_(std::move(guard)) {}

  Result<> install(const Environment& environment,
                   const std::vector<std::string>& requirements,
                   Observer& observer,
                   const Cancellation& cancellation) override;

 private:
  Network network_;
  InstallerOptions options_;
  std::filesystem::path guard_;
};

}  // namespace axle::frontend
