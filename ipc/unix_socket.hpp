// What only unix sockets can do: pass descriptors, and tell who is at the other end.
#pragma once

#include "ipc/error.hpp"
#include "ipc/fd.hpp"

#include <sys/types.h>

#include <filesystem>
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

/// Who was at the other end when the connection was made (SO_PEERCRED).
struct Peer {
  uid_t uid = 0;  ///< Effective.
  pid_t pid = 0;  ///< To be shown to people, and not more: it may be another's by now.
};
/// Fails with `errc::io_error`.
Result<Peer> peer_of(int socket);

/// Connects to the stream socket `path` without waiting. Fails with `errc::backend_gone` where
/// nobody listens and `errc::io_error` otherwise: a queue that is full, a path that is too long.
/// The descriptor is close-on-exec and does not block.
Result<UniqueFd> connect_to(const std::filesystem::path& path);

/// A socket that listens at `path`, under which it appears only then; nobody but this user can
/// connect. What was there is replaced. Close-on-exec, does not block. Fails with `errc::io_error`.
Result<UniqueFd> listen_at(const std::filesystem::path& path);

}  // namespace axle::ipc
