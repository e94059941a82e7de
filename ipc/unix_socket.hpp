// What only unix sockets can do: pass descriptors, and tell who is at the other end.
#pragma once

#include "ipc/error.hpp"
#include "ipc/fd.hpp"

#include <sys/types.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace axle::ipc {

/// Sends `bytes` (at least one; keep it small: it must fit the socket's buffer) together with
/// `fds` (at most 16), which stay the caller's. Fails with `errc::backend_gone` if the peer is
/// gone and `errc::io_error` otherwise.
Result<> send_with_fds(int socket, std::string_view bytes, std::span<const int> fds);

struct Received {
  std::string bytes;  ///< Empty: the peer has closed.
  std::vector<UniqueFd> fds;
};

/// Receives up to `most` bytes and the descriptors sent with them (all close-on-exec).
/// Fails with `errc::io_error`.
Result<Received> receive_with_fds(int socket, std::size_t most);

/// The effective user id of the process at the other end (SO_PEERCRED).
Result<uid_t> peer_uid(int socket);

}  // namespace axle::ipc
