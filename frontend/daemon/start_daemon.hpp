// How a client starts the daemon.
#pragma once

#include "frontend/cancellation.hpp"
#include "ipc/error.hpp"

#include <filesystem>

namespace axle::frontend {

/// Runs `axle daemon run --background`, which returns when a daemon listens; the daemon is in a
/// session of its own, in the root folder, and has none of our descriptors and only those of our
/// variables that it needs. `leave_daemon_alone` knows it before it can lend anything, also where
/// this fails later. Fails with `errc::io_error` saying why there is none, `errc::timed_out`
/// and `errc::cancelled`.
Result<> start_daemon(const std::filesystem::path& axle, const Cancellation& cancellation);

}  // namespace axle::frontend
