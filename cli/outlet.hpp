// Writing to whoever reads our output: a terminal, a pipe, a file; slow, full for ever, or gone.
#pragma once

#include <string_view>

namespace axle::cli {

/// Writes to a descriptor that stays the caller's. Needs SIGPIPE ignored. Not thread-safe.
class Outlet {
 public:
  /// `stop_fd` is readable once the program was asked to stop (`Cancellation::fd`); -1: never.
  explicit Outlet(int fd, int stop_fd = -1) noexcept : fd_(fd), stop_fd_(stop_fd) {}

  /// Writes all of `bytes`, waiting for the reader; once the program was asked to stop, for a
  /// second at most. Returns false from the first failure on, and writes nothing more then.
  bool write(std::string_view bytes) noexcept;

  [[nodiscard]] int fd() const noexcept { return fd_; }
  /// The errno of the first failure; 0: none so far. EPIPE: nobody reads any more.
  [[nodiscard]] int failure() const noexcept { return failure_; }

 private:
  [[nodiscard]] bool wait_until_writable() noexcept;

  int fd_;
  int stop_fd_;
  int failure_ = 0;
};

}  // namespace axle::cli
