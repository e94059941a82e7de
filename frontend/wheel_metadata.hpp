// The core metadata of a wheel that is built already.
#pragma once

#include "ipc/error.hpp"
#include "ipc/json_text.hpp"

#include <filesystem>

namespace axle::frontend {

/// METADATA of `wheel` as JSON (PEP 566). Fails with `errc::invalid_project` for a file that is not
/// there or is no wheel, and with `errc::io_error`.
Result<ipc::JsonText> metadata_of_wheel(const std::filesystem::path& wheel);

}  // namespace axle::frontend
