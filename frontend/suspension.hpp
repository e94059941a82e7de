// Ctrl-Z: while axle is stopped its hooks are, and the time does not count. The terminal's signal
// reaches axle alone, since every axle-backend has a session of its own; so it is passed on.
#pragma once

namespace axle::frontend {

/// An axle-backend that is told: by SIGTSTP to stop its running hook, by SIGCONT to let it go on.
/// May be made and ended by any thread.
class Suspendable {
 public:
  /// `pidfd` must outlive it.
  explicit Suspendable(int pidfd);
  Suspendable(Suspendable&& other) noexcept;
  Suspendable& operator=(Suspendable&&) = delete;
  ~Suspendable();

 private:
  int pidfd_;
};

/// Stops the clock of all deadlines and every hook that runs. Where `resume` follows at once,
/// without the program having been stopped, that is harmless. For the handler of SIGTSTP, in which
/// that signal is blocked, in one thread at a time.
void suspend() noexcept;
/// Lets them go on; for that handler as well.
void resume() noexcept;

}  // namespace axle::frontend
