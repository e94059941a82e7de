// Waiting for a few descriptors, whatever others have done to our limits.
#pragma once

#include <poll.h>

#include <span>

namespace axle::ipc {

/// poll(2): the number of those that are ready, 0 after `timeout_ms`, or -1 and errno. Works also
/// where RLIMIT_NOFILE is lower than the number of `fds`, with which poll fails (EINVAL): any
/// process of the same user can lower it.
int poll_fds(std::span<pollfd> fds, int timeout_ms) noexcept;

/// The same for one.
int poll_fd(pollfd& fd, int timeout_ms) noexcept;

}  // namespace axle::ipc
