// Whether a command uses the daemon, and which program that is.
#pragma once

#include "cli/common_arguments.hpp"
#include "ipc/error.hpp"

#include <chrono>
#include <filesystem>

namespace axle::cli {

/// The program to run as the daemon: this one. Empty where none is to be used: `use` says no, or
/// nothing, and CI is set.
std::filesystem::path daemon_program(DaemonUse use);

/// The file of this program; empty where the system does not tell, or it is gone.
std::filesystem::path this_program();

/// How long a daemon stays without work: AXLE_DAEMON_IDLE, else ten minutes. Fails with
/// `errc::usage` for one that is no duration.
Result<std::chrono::milliseconds> daemon_idle_time();

}  // namespace axle::cli
