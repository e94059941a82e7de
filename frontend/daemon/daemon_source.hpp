// Backends on loan from a daemon, and where that is not to be had, from elsewhere.
#pragma once

#include "frontend/host_source.hpp"

#include <filesystem>
#include <memory>

namespace axle::frontend {

/// Asks the daemon that the program `axle` runs for callers like us, and starts it where there is
/// none. Any trouble with it is told to the observer as a remark, once, and from then on backends
/// come from `otherwise`; so do those that cannot be lent (frontend/backend_match.hpp).
std::shared_ptr<HostSource> make_daemon_source(std::filesystem::path axle,
                                               std::shared_ptr<HostSource> otherwise);

}  // namespace axle::frontend
