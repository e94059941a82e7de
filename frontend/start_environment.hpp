// Which environment variables decide what a backend is once it has started.
#pragma once

#include <string>
#include <vector>

namespace axle::frontend {

/// The variables that the interpreter, the import of a backend and axle-backend itself look at when
/// they start; all others come with each command.
std::vector<std::string> start_environment(const std::vector<std::string>& environment);

}  // namespace axle::frontend
