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

/// 64 hexadecimal digits (SHA-256): equal for equal interpreters (real_executable, implementation,
/// version, platform), equal sets of requirements and one `installer`; else different.
std::string environment_key(const Interpreter& interpreter,
                            const std::vector<std::string>& requirements,
                            InstallerChoice installer);

}  // namespace axle::frontend
