// The interpreter of a version, among those of this machine.
#pragma once

#include "frontend/cancellation.hpp"
#include "frontend/interpreter.hpp"
#include "ipc/error.hpp"

#include <string>

namespace axle::frontend {

/// The first interpreter whose version fits `wish` (`fits_python`): of `python3`, `python` and
/// `python3.*` on PATH, then of the versions of pyenv ($PYENV_ROOT or ~/.pyenv) and of those that
/// uv keeps ($UV_PYTHON_INSTALL_DIR or ~/.local/share/uv/python), the newest first.
///
/// Fails with `errc::environment_failed`, listing what was found instead, with `errc::usage` for a
/// wish that is none, and with `errc::cancelled`.
Result<Interpreter> find_python_of_version(const std::string& wish,
                                           const Cancellation& cancellation);

}  // namespace axle::frontend
