// Backends on loan from a daemon, and where that is not to be had, backends of our own.
#pragma once

#include "frontend/host_source.hpp"

#include <filesystem>
#include <memory>

namespace axle::frontend {

/// Asks the daemon that the program `axle` runs for callers like us, and starts it where there is
/// none. Any trouble with it is told to the observer as a remark, once, and from then on backends
/// are started without it. Backends in line or fresh, and native ones, are never leased: nothing of
/// them stays warm, or too much does.
std::shared_ptr<HostSource> make_daemon_source(std::filesystem::path axle);

}  // namespace axle::frontend
