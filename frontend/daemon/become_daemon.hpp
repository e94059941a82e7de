// How a process becomes the daemon: exactly one of those who try does.
#pragma once

#include "frontend/daemon/place.hpp"
#include "frontend/file_lock.hpp"
#include "ipc/error.hpp"
#include "ipc/fd.hpp"

#include <optional>

namespace axle::frontend {

/// The right to be the daemon of a place, and its socket.
struct Listening {
  std::optional<FileLock> lock;  ///< Always there, until it is given up.
  ipc::UniqueFd socket;
};

/// Takes the place of the daemon, and that of one that has died; removes what dead daemons of other
/// places have left beside it. Nothing: another has it, and listens. Fails with `errc::io_error`,
/// and with `errc::timed_out` where the other one does not listen for a second.
Result<std::optional<Listening>> take_place(const DaemonPlace& place);

/// Goes on in a process of its own, without the caller's terminal, folder and streams. In the
/// daemon it returns the descriptor by which that tells the caller that all is well (any byte) or
/// what is not (its end, after a message on stderr, which is still the caller's). The caller writes
/// the number of that process to stdout at once, and returns none once it has been told. Only where
/// the process has one thread. Fails with `errc::io_error`, in the caller also where the daemon has
/// failed.
Result<ipc::UniqueFd> detach();
/// Tells the caller that all is well, and lets its stderr go.
void tell_listening(ipc::UniqueFd caller);

}  // namespace axle::frontend
