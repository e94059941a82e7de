// Stopping from outside: the one flag that Ctrl-C, SIGTERM or a library's user raises, and that
// every wait of a build watches.
#pragma once

#include "ipc/error.hpp"
#include "ipc/fd.hpp"

#include <algorithm>
#include <atomic>
#include <string>

namespace axle::frontend {

/// Thread-safe; `request` is also safe in a signal handler. Must outlive every build that uses it.
class Cancellation {
 public:
  /// Throws std::system_error only where the system gives no eventfd.
  Cancellation();
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  /// Asks for a stop; `signal` is the reason for the record and the exit code (0: a caller's wish).
  /// The first reason stays. Each call counts, see `times_requested`.
  void request(int signal = 0) noexcept;

  [[nodiscard]] bool requested() const noexcept { return times_requested() > 0; }
  /// Twice means: without any more grace.
  [[nodiscard]] int times_requested() const noexcept { return times_.load(); }
  /// The signal of the first request; 0 if that was a caller's wish, or there was none.
  [[nodiscard]] int signal() const noexcept { return std::max(signal_.load(), 0); }
  /// Readable from the first request on; never read it.
  [[nodiscard]] int fd() const noexcept { return event_.number(); }
  /// The error of what was stopped: `errc::cancelled`, "stopped by SIGINT while <doing>".
  [[nodiscard]] Error error(const std::string& doing) const;

 private:
  std::atomic<int> times_ = 0;
  std::atomic<int> signal_ = -1;  // none yet
  ipc::UniqueFd event_;
};

}  // namespace axle::frontend
