// Where the processes of a build find their Python and its packages: an isolated environment made
// for them, or the environment of the interpreter itself.
//
//   TRY(const auto environment, Environment::create(interpreter, folder));
//   spawn({.program = environment.python(), .environment =
//   environment.environment_variables(...)});
//
// An isolated environment is a virtual environment as PEP 405 describes it and as Python's own venv
// makes it, without pip: a few links and folders, for which no process is started.
#pragma once

#include "frontend/interpreter.hpp"
#include "ipc/error.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace axle::frontend {

/// A value that names folders; it owns nothing on disk.
class Environment {
 public:
  /// Makes a new, empty virtual environment of the base of `interpreter` in `folder`, which is made
  /// with its parents if it is missing. Fails with `errc::environment_failed`, naming the path, if
  /// there is something in `folder` already or the file system refuses; what was made stays then.
  static Result<Environment> create(const Interpreter& interpreter,
                                    const std::filesystem::path& folder);
  /// The one that `create` has made in `folder`, a path without links in it. Looks at nothing.
  static Environment existing(const Interpreter& interpreter, std::filesystem::path folder);
  /// Whether `create` has begun to make the environment in `folder`.
  static bool is_of_axle(const std::filesystem::path& folder);
  /// The environment of `interpreter` as it is (Isolation::none).
  static Environment of(const Interpreter& interpreter);

  /// Whose environment it is.
  [[nodiscard]] const Interpreter& interpreter() const noexcept { return interpreter_; }
  /// The interpreter to run in it. All paths are absolute.
  [[nodiscard]] const std::filesystem::path& python() const noexcept { return python_; }
  /// sys.prefix of `python`.
  [[nodiscard]] const std::filesystem::path& prefix() const noexcept { return prefix_; }
  /// Where installed programs are.
  [[nodiscard]] const std::filesystem::path& scripts() const noexcept { return scripts_; }
  /// Where a virtual environment has its packages; empty for one that is not virtual.
  [[nodiscard]] const std::filesystem::path& site_packages() const noexcept {
    return site_packages_;
  }

  /// The variables "NAME=value" for processes that run in it, made from those in `base`.
  ///
  /// PATH begins with `scripts` where this is a virtual environment. If it was made by `create`,
  /// VIRTUAL_ENV is set and nothing of the caller's Python shines through: PYTHONHOME, PYTHONPATH
  /// and __PYVENV_LAUNCHER__ are removed, PYTHONNOUSERSITE is 1. The tokens of uv and pyx never
  /// reach a build.
  [[nodiscard]] std::vector<std::string> environment_variables(
      std::span<const std::string> base) const;

 private:
  explicit Environment(Interpreter interpreter) : interpreter_(std::move(interpreter)) {}

  Interpreter interpreter_;
  std::filesystem::path prefix_;
  std::filesystem::path python_;
  std::filesystem::path scripts_;
  std::filesystem::path site_packages_;
  bool is_virtual_ = false;
  bool is_isolated_ = false;
};

}  // namespace axle::frontend
