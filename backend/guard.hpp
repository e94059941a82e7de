// A program that is run for a caller who may be killed: nothing of it outlives the caller.
#pragma once

#include "ipc/error.hpp"
#include "ipc/fd.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace axle::backend {

/// Runs `program` (a path) until its end, with this process's streams (but with nothing to read),
/// variables, folder and process group; kills what it has left behind then, and tells on `control`
/// by one line how it ended (ipc/guard_report.hpp). As soon as the other end of `control`, a stream
/// socket, is closed, the program is killed with all that it has started.
///
/// SIGINT, SIGTERM and SIGHUP are for the program to obey: whoever sends them does so to the group.
/// The process must be a subreaper, without other children. Fails with `errc::io_error` where
/// `control` is closed before all is told. Throws std::system_error where the system has no
/// descriptor to spare.
Result<> run_guarded(ipc::UniqueFd control,
                     const std::filesystem::path& program,
                     std::vector<std::string> arguments);

}  // namespace axle::backend
