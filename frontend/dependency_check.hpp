// Whether the build requirements are there, for builds in the environment of the interpreter
// itself.
#pragma once

#include "frontend/cancellation.hpp"
#include "frontend/interpreter.hpp"
#include "frontend/observer.hpp"
#include "ipc/error.hpp"

#include <string>
#include <vector>

namespace axle::frontend {

/// Checks `requirements` and what they require in turn, with extras and markers, against what
/// `interpreter` finds: names and versions; of a requirement by URL the name. It is asked by a
/// process of its own, in the caller's environment (PYTHONPATH), unless it said yes before and
/// nothing of what it looked at has changed since.
///
/// Markers and versions are evaluated by `packaging`, where need be that of pip or setuptools;
/// where there is none, `observer` is told that nothing was checked.
///
/// Fails with `errc::environment_failed`, naming what is wanted, by whom, what was found, and the
/// interpreter; and with `errc::cancelled`.
Result<> check_dependencies(const Interpreter& interpreter,
                            const std::vector<std::string>& requirements,
                            Observer& observer,
                            const Cancellation& cancellation);

}  // namespace axle::frontend
