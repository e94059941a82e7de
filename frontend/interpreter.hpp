// The Python interpreter that builds are to use: found, asked once, and known from then on.
#pragma once

#include "frontend/cancellation.hpp"
#include "ipc/error.hpp"

#include <filesystem>
#include <string>

namespace axle::frontend {

/// Facts about one interpreter. All paths are absolute but for `purelib` and `platlib`.
struct Interpreter {
  /// What to run: sys.executable, which is not always what was found (a pyenv shim is a script).
  std::filesystem::path executable = {};
  /// The interpreter behind a virtual environment, else `executable`: what a virtual environment
  /// links to, and beside which its home is found.
  std::filesystem::path base_executable = {};
  /// `base_executable` with every symbolic link followed: which interpreter it is.
  std::filesystem::path real_executable = {};
  std::string version = {};         ///< "3.11.2"
  std::string implementation = {};  ///< sys.implementation.name: "cpython", "pypy".
  std::string platform = {};        ///< sysconfig.get_platform(): "linux-x86_64".
  std::filesystem::path prefix = {};
  std::filesystem::path base_prefix = {};
  /// Where a virtual environment of it has its packages, below its prefix:
  /// "lib/python3.11/site-packages".
  std::filesystem::path purelib = {};
  std::filesystem::path platlib = {};
  bool is_virtual = false;   ///< It is that of a virtual environment.
  bool links_lib64 = false;  ///< A virtual environment of it has a link lib64 to lib.
};

/// Finds the interpreter `python`: a path (with a slash in it), a name to be found on PATH, or a
/// version or specifiers ("3.12", ">=3.11", frontend/python_search.hpp); and asks it, which starts
/// it once, unless it is known from before (frontend/interpreter_cache.hpp).
///
/// Fails with `errc::environment_failed`, naming what was tried, where there is none on PATH, it
/// cannot be executed (with the system's text), is not a Python, is silent for half a minute or is
/// older than Python 3.8; and with `errc::cancelled`.
Result<Interpreter> find_interpreter(const std::string& python, const Cancellation& cancellation);

}  // namespace axle::frontend
