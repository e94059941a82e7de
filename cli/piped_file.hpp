// A file that a shell hands over as a pipe: --build-constraint <(grep setuptools pins.txt).
#pragma once

#include "ipc/error.hpp"

#include <filesystem>

namespace axle::cli {

/// Whether `file` is the end of a pipe that this program was started with ("/dev/fd/63").
bool is_piped(const std::filesystem::path& file);

/// What comes out of it, as a file that can be read as often as one likes: it is there until the
/// program ends, and each call for the same `file` gives the same one. Waits for whoever writes.
/// Fails with `errc::usage` where it cannot be read, and `errc::io_error` where it cannot be
/// written. Thread-safe.
Result<std::filesystem::path> copy_of_piped(const std::filesystem::path& file);

}  // namespace axle::cli
