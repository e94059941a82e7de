// Processes that a hook has left behind: the host is a subreaper, so they come to it when their
// parents end, wherever they have gone to (setsid, double fork).
#pragma once

#include "ipc/event_loop.hpp"

#include <sys/types.h>

#include <span>
#include <string>
#include <vector>

namespace axle::backend {

/// Kills and reaps every child of this process that is not in `ours`, again and again until there
/// is none left or the deadline passes. Returns one description for each that was still alive:
/// "server (pid 7)".
std::vector<std::string> sweep_strays(std::span<const pid_t> ours, ipc::Deadline deadline);

}  // namespace axle::backend
