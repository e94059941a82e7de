// Reading and writing what may be a pipe, a socket or a file, without waiting and without SIGPIPE.
#pragma once

#include "ipc/fd.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace axle::ipc {

enum class StreamKind { socket, other };
StreamKind stream_kind(int fd) noexcept;

/// Whether a read of `fd` would return at once: with bytes, the end, or an error.
bool readable_now(int fd) noexcept;

/// How many bytes wait to be read; 0 where that cannot be told.
std::size_t bytes_waiting(int fd) noexcept;

/// What became of one read or write.
struct Transfer {
  enum class State { done, not_now, failed };
  State state = State::failed;
  std::size_t count = 0;  ///< Of a read that is done: 0 is the end of the stream.
};

/// Reads once. Does not wait if `fd` is a socket, or readable and nobody else reads it.
Transfer read_some(int fd, StreamKind kind, std::span<char> buffer) noexcept;

/// A descriptor of our own for what `fd` writes to. For a pipe or a terminal it has, where /proc
/// can be had, flags of its own too, and does not block; else it shares those of `fd`. None where
/// `fd` is not open.
UniqueFd reopen_writable(int fd) noexcept;

/// Writes once, at least one of `bytes`, without changing the flags of `fd`: others may share them.
/// Does not wait if `fd` is a socket, non-blocking, or a pipe that nobody else fills meanwhile. A
/// file is written to directly.
Transfer write_some(int fd, StreamKind kind, std::string_view bytes) noexcept;

}  // namespace axle::ipc
