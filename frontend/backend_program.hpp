// Where the program axle-backend is.
#pragma once

#include "ipc/error.hpp"

#include <filesystem>

namespace axle::frontend {

/// `wanted` if that is not empty; else what the environment variable AXLE_BACKEND names; else the
/// axle-backend beside the running program, on PATH, or in the folder of programs of the prefix
/// that this library was configured for. Fails with `errc::environment_failed` where none of these
/// is, and where `wanted` or AXLE_BACKEND names no program.
Result<std::filesystem::path> find_backend_program(const std::filesystem::path& wanted);

}  // namespace axle::frontend
