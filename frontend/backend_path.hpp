// Where an in-tree build backend may be imported from.
#pragma once

#include "ipc/error.hpp"

#include <filesystem>
#include <string>

namespace axle::frontend {

/// The folder that an `entry` of "backend-path" refers to: absolute, links resolved, and inside of
/// the source tree `root`, which is resolved itself: "a location within the source tree (after
/// relative paths and symbolic links have been resolved)" (PEP 517). Fails with
/// `errc::invalid_project`.
Result<std::filesystem::path> resolve_backend_path(const std::string& entry,
                                                   const std::filesystem::path& root);

}  // namespace axle::frontend
