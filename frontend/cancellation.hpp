// Stopping from outside: the one flag that Ctrl-C, SIGTERM or a library's user raises, and that
// every wait of a build watches.
#pragma once

#include "ipc/error.hpp"
#include "ipc/fd.hpp"

#include <algorithm>
#include <atomic>
#include <string>

namespace axle::frontend {

/// Thread-safe; `request` for a signal is also safe in a signal handler. Must outlive every build
/// that uses it.
class Cancellation {
 public:
  /// Throws std::system_error only where the system gives no eventfd.
  Cancellation();
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;
  ~Cancellation();

  /// Asks for a stop; `signal` is the reason for the record and the exit code (0: a caller's wish).
  /// The first reason stays. Each call counts, see `times_requested`.
  void request(int signal = 0) noexcept;
  /// The same for a reason in words, to follow "stopped: ". Not for signal handlers.
  void request(std::string reason);

  [[nodiscard]] bool requested() const noexcept { return times_requested() > 0; }
  /// Twice means: without any more grace.
  [[nodiscard]] int times_requested() const noexcept { return times_.load(); }
  /// The signal of the first request; 0 if that had another reason, or there was none.
  [[nodiscard]] int signal() const noexcept { return std::max(first_.load(), 0); }
  /// The first reason: "SIGINT", the words of the request, or "a request of the caller".
  [[nodiscard]] std::string reason() const;
  /// Readable from the first request on; never read it.
  [[nodiscard]] int fd() const noexcept { return event_.number(); }
  /// The error of what was stopped: `errc::cancelled`, "stopped by SIGINT while <doing>" or
  /// "stopped while <doing>: <reason>".
  [[nodiscard]] Error error(const std::string& doing) const;

 private:
  // What `first_` is besides a signal.
  static constexpr int none = -1;
  static constexpr int in_words = -2;
  void count(int reason) noexcept;

  std::atomic<int> times_ = 0;
  std::atomic<int> first_ = none;
  std::atomic<const std::string*> words_ = nullptr;  // owned; set once, before `first_` says so
  ipc::UniqueFd event_;
};

}  // namespace axle::frontend
