// Whether a zip archive is the whole of its file.
#pragma once

#include "ipc/error.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace axle::frontend {

/// What is wrong with the ends of the zip archive in `file`, as in "has bytes after its end": it
/// begins with a member, and ends with its end of central directory record and the comment of that
/// (APPNOTE 4.3.16). Readers differ in what they make of other bytes there, so that one archive
/// would be two; package indexes refuse it. Nothing: they are sound.
///
/// Fails with `errc::bad_artifact` if the file cannot be read.
Result<std::optional<std::string>> unsound_zip_ends(const std::filesystem::path& file);

}  // namespace axle::frontend
