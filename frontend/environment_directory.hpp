// An isolated environment in a folder that the user names: for those who want to look into it, or
// need a path that never changes.
//
//   options.environment_directory = std::make_shared<EnvironmentDirectory>("/tmp/env");
//
// It is the environment itself, with bin, lib and pyvenv.cfg in it, and stays when the build is
// over. What later phases of a build need more is installed into it.
#pragma once

#include "frontend/build_options.hpp"
#include "frontend/cancellation.hpp"
#include "frontend/environment.hpp"
#include "frontend/environment_maker.hpp"
#include "frontend/environment_record.hpp"
#include "frontend/interpreter.hpp"
#include "frontend/observer.hpp"
#include "frontend/tree_lock.hpp"
#include "ipc/error.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace axle::frontend {

/// For one build at a time, in one thread: two builds with one such folder wait for each other.
class EnvironmentDirectory {
 public:
  explicit EnvironmentDirectory(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// The environment, with `requirements` installed. Whoever asks first says what it is for: the
  /// folder is missing or empty, or was made for the same interpreter, requirements and settings of
  /// the installer; else `errc::usage`. It is then never resolved anew, whatever its age. One whose
  /// making was killed is made anew.
  ///
  /// Tells `observer` as EnvironmentCache does. Fails as `EnvironmentMaker::make` does, with
  /// `errc::environment_failed` also where the folder cannot be used; of an environment that could
  /// not be made nothing is left.
  Result<Environment> environment_for(const BuildOptions& options,
                                      const Interpreter& interpreter,
                                      const std::vector<std::string>& requirements,
                                      Observer& observer,
                                      const Cancellation& cancellation,
                                      const std::string& project);

 private:
  Result<> open(const BuildOptions& options,
                const EnvironmentOrder& order,
                Observer& observer,
                const Cancellation& cancellation);
  [[nodiscard]] Result<> check(const std::string& key, const Environment& environment) const;
  Result<> install(const EnvironmentOrder& order,
                   Observer& observer,
                   const Cancellation& cancellation);

  std::filesystem::path folder_;
  std::optional<TreeLock> turn_;  // from the first request on
  std::optional<EnvironmentMaker> maker_;
  std::optional<Environment> environment_;
  EnvironmentRecord record_;
};

}  // namespace axle::frontend
