// The daemon: it starts and keeps backends, and lends them to one client after another. Nothing of
// a build passes through it, and it holds nothing of a client's but the connection.
#pragma once

#include "frontend/daemon/become_daemon.hpp"
#include "frontend/daemon/place.hpp"
#include "frontend/daemon/warm_pool.hpp"
#include "ipc/error.hpp"

#include <chrono>

namespace axle::frontend {

struct DaemonOptions {
  /// It leaves when nobody has asked for anything for so long.
  std::chrono::milliseconds idle{600'000};
  WarmPoolLimits pool = {};
};

/// Serves until it has been idle for long, is told to stop (StopRequest, SIGTERM, SIGINT, SIGHUP),
/// or its socket is gone; then it takes no more clients and returns when the last lease is over, or
/// at once when it is told again. Idle backends leave with it. Takes over SIGTERM, SIGINT, SIGHUP
/// and SIGCHLD of the process, and becomes the parent of orphans. Fails with `errc::io_error` where
/// the system has no descriptors to wait with.
Result<> serve(const DaemonPlace& place, Listening listening, const DaemonOptions& options);

}  // namespace axle::frontend
