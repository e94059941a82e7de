// Which builds may use one environment: the name of an environment by all that decides what is in
// it.
#pragma once

#include "frontend/build_options.hpp"
#include "frontend/interpreter.hpp"

#include <string>
#include <vector>

namespace axle::frontend {

/// Each requirement once, sorted; the order of a list decides nothing.
std::vector<std::string> sorted_requirements(std::vector<std::string> requirements);

/// 64 hexadecimal digits (SHA-256): equal for equal interpreters (real_executable, the size and
/// time of that file, implementation, version, platform), equal sets of requirements (and unchanged
/// files, where they name files of this machine), one `installer` and equal `settings`
/// (`installer_settings`); else different.
std::string environment_key(const Interpreter& interpreter,
                            const std::vector<std::string>& requirements,
                            InstallerChoice installer,
                            const std::vector<std::string>& settings = {});

}  // namespace axle::frontend
