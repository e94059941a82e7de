// Artifacts of earlier builds in an output folder.
#pragma once

#include "frontend/artifact.hpp"
#include "ipc/error.hpp"

#include <span>

namespace axle::frontend {

/// Removes the sdists and wheels of the same project, by its normalised name, that stand beside
/// `built` and are none of them. Links and whatever else is there stay. Fails with
/// `errc::io_error`.
Result<> remove_old_artifacts(std::span<const Artifact> built);

}  // namespace axle::frontend
