// A file descriptor with an owner, and the few things that every process does with its first three.
#pragma once

#include "ipc/error.hpp"

#include <string_view>
#include <utility>

namespace axle::ipc {

/// Owns one file descriptor and closes it. -1 is "none".
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) noexcept : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  [[nodiscard]] int number() const noexcept { return fd_; }
  [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }
  /// Gives the descriptor away without closing it.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  /// Closes what is owned and owns `fd` instead.
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

/// A pipe whose ends are both close-on-exec. Fails with `errc::io_error`.
Result<Pipe> make_pipe();

struct SocketPair {
  UniqueFd ours;
  UniqueFd theirs;
};

/// A connected pair of unix stream sockets, both close-on-exec. Fails with `errc::io_error`.
Result<SocketPair> make_socket_pair();

/// Opens /dev/null on each of the descriptors 0, 1 and 2 that is closed, so that no file opened
/// later can be taken for standard output. Call it first in `main`.
void open_standard_fds() noexcept;

/// Writes all of `bytes` to a blocking descriptor, retrying on EINTR. Returns false on any error;
/// meant for last words, where there is nobody left to tell.
bool write_all(int fd, std::string_view bytes) noexcept;

}  // namespace axle::ipc
