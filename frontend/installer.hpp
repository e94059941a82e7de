// Who fills an isolated environment: uv or pip. Resolving and installing packages is theirs alone.
//
//   TRY(auto installer, choose_installer(InstallerChoice::automatic, cancellation));
//   TRY(installer->install(environment, {"hatchling>=1.20"}, observer, cancellation));
#pragma once

#include "frontend/build_options.hpp"
#include "frontend/cancellation.hpp"
#include "frontend/environment.hpp"
#include "frontend/observer.hpp"
#include "ipc/error.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace axle::frontend {

/// Not thread-safe.
class Installer {
 public:
  Installer() = default;
  Installer(const Installer&) = delete;
  Installer& operator=(const Installer&) = delete;
  virtual ~Installer() = default;

  /// Installs `requirements` (PEP 508) and what they need into an environment that was made by
  /// `Environment::create`. Without requirements nothing is run. `observer` is told what is
  /// printed.
  ///
  /// The user's own settings (PIP_*, UV_*, configuration files) are heeded but for those that lead
  /// elsewhere than into the environment; nothing is asked of the user. Packages are not compiled:
  /// whoever keeps the environment does that.
  ///
  /// Fails with `errc::environment_failed`, naming the requirements, how the installer ended and
  /// its own words, with a hint where the cause is known; and with `errc::cancelled`. No process
  /// and no temporary file is left; what is in the environment then is of no use.
  virtual Result<> install(const Environment& environment,
                           const std::vector<std::string>& requirements,
                           Observer& observer,
                           const Cancellation& cancellation) = 0;
};

/// uv if it can be found and run, else pip; or the one that is asked for. uv is what the
/// environment variable UV says, else `uv` on PATH. Which pip is settled when it is needed
/// (frontend/pip.hpp). Fails with `errc::environment_failed` if uv is asked for and there is none
/// that runs, and with `errc::cancelled`.
///
/// With Network::none uv works with what it has in its own cache (--offline). pip cannot, since an
/// index is never cached whole: it is given --no-index, and has the user's --find-links and what
/// requirements name by a path.
///
/// `guard` is the axle-backend below which the installer runs, so that nothing of it outlives us.
Result<std::unique_ptr<Installer>> choose_installer(InstallerChoice choice,
                                                    const Cancellation& cancellation,
                                                    Network network = Network::allowed,
                                                    const InstallerOptions& options = {},
                                                    const std::filesystem::path& guard = {});

}  // namespace axle::frontend
