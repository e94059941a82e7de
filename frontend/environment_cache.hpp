// Isolated environments, kept from one axle to the next: each is made when it is first asked for,
// never changed, and used in place by all builds that need the same.
//
//   TRY(auto environments, EnvironmentCache::create(options));
//   TRY(auto environment, environments->environment_for(interpreter, requirements, observer,
//   cancellation));
//
// They are in the folder "environments" of axle's cache (frontend/environment_generations.hpp has
// its layout, docs/adr/0007 the reasons). Where there is no cache that can be used, environments
// are temporary and go with the EnvironmentCache.
#pragma once

#include "frontend/build_options.hpp"
#include "frontend/cancellation.hpp"
#include "frontend/environment.hpp"
#include "frontend/environment_maker.hpp"
#include "frontend/interpreter.hpp"
#include "frontend/observer.hpp"
#include "ipc/error.hpp"
#include "ipc/private_dir.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace axle::frontend {

/// How long an environment that nobody asks for is kept.
inline constexpr std::chrono::days environments_unused_for{30};

/// Not thread-safe. What runs in a temporary environment must have ended before this is destroyed.
class EnvironmentCache {
 public:
  /// With the installer, the network and the limits on age of `options`.
  static std::unique_ptr<EnvironmentCache> create(const BuildOptions& options);
  /// The same, with `installer` to fill environments.
  static std::unique_ptr<EnvironmentCache> create(const BuildOptions& options,
                                                  std::unique_ptr<Installer> installer);

  /// The environment of `interpreter` with `requirements` and nothing else. It is not to be
  /// changed, and stays as long as anybody holds the pointer. Where it is in the cache, whole,
  /// undamaged and young enough, no process is started and no installer is looked for.
  ///
  /// Else it is made, by one axle at a time: `observer` is told of a wait for another, of
  /// `create_environment` and, where something is installed, of `install_requirements`, for
  /// `project`. A notice says why an environment is made anew that was damaged, and why it is not
  /// kept. Fails as `EnvironmentMaker::make` does, with `errc::environment_failed` also for a full
  /// disk, and with `errc::cancelled`; nothing is left of an environment that failed.
  Result<std::shared_ptr<const Environment>> environment_for(
      const Interpreter& interpreter,
      const std::vector<std::string>& requirements,
      Observer& observer,
      const Cancellation& cancellation,
      const std::string& project = {});

 private:
  using Shared = std::shared_ptr<const Environment>;
  struct Request;

  EnvironmentCache(const BuildOptions& options, EnvironmentMaker maker);

  Result<Shared> cached(const Request& request);
  Result<Shared> made_anew(const Request& request, const std::filesystem::path& shelf);
  Result<Shared> temporary(const Request& request, const std::string& why);
  /// What is there, if it will do. Where that is for its damage, and `tell`, a notice says so.
  enum class Damage { tell, pass_by };
  std::optional<Shared> found(const Request& request,
                              const std::filesystem::path& shelf,
                              Damage damage) const;

  InstallerChoice choice_;
  Network network_;
  InstallerOptions installer_options_;
  std::chrono::sys_time<std::chrono::milliseconds> not_before_;
  EnvironmentMaker maker_;
  std::optional<ipc::PrivateDir> temporary_;  // none before it is needed
  std::string told_;                          // why environments are not kept
  std::map<std::string, Shared> known_;       // by key: those of this run
};

}  // namespace axle::frontend
