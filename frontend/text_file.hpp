// Reading a file that a person wrote: pyproject.toml, axle.toml.
#pragma once

#include "ipc/error.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace axle::frontend {

/// The text of `file`, which may be a link; nothing if there is no such file. Messages call it
/// `shown`, where that is not empty. Fails with `errc::invalid_project` if it is more than 4 MiB,
/// no regular file, a link that leads nowhere, or cannot be read.
Result<std::optional<std::string>> read_text_file(const std::filesystem::path& file,
                                                  const std::filesystem::path& shown = {});

}  // namespace axle::frontend
