// A program that is run for a caller who may be killed: nothing of it outlives the caller.
#pragma once

#include "ipc/child_process.hpp"
#include "ipc/error.hpp"

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace axle::backend {

/// Runs `program` (a path) until its end, with the caller's streams (but with nothing to read),
/// variables, folder and process group. What it has left behind then is killed, and named on
/// stderr. As soon as `caller`, which is the parent of this process, has ended, the program is
/// killed with all that it has started; it is not started where that is not the parent any more.
///
/// SIGINT, SIGTERM and SIGHUP are for the program to obey: whoever sends them does so to the group.
/// The process must be a subreaper, without other children. Returns how the program ended; fails
/// with `errc::io_error` if it cannot be run or watched.
Result<ipc::ExitStatus> run_guarded(pid_t caller,
                                    const std::filesystem::path& program,
                                    std::vector<std::string> arguments);

/// Ends this process as `status` tells: by the same signal, without a core, or with its exit code,
/// which is returned.
int end_like(const ipc::ExitStatus& status) noexcept;

}  // namespace axle::backend
