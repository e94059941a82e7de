// Waiting for one descriptor where no event loop is at hand.
#pragma once

#include "ipc/event_loop.hpp"

namespace axle::backend {

/// Waits until `fd` has something to read or its end, or a pidfd's process has ended. False: the
/// deadline came first, or the descriptor cannot be waited for. Signals do not end the wait.
bool wait_readable(int fd, ipc::Deadline deadline) noexcept;

}  // namespace axle::backend
