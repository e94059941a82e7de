// Ctrl-C and its like, for the time of a command: the first signal asks the build to stop, the
// second asks for no more grace, the third leaves at once. After that time they do nothing: what
// has come of the command is told, and its exit code with it.
#pragma once

#include "frontend/cancellation.hpp"

namespace axle::cli {

/// Routes SIGINT, SIGTERM, SIGHUP and SIGQUIT to `cancellation`, which must outlive it; signals
/// that were ignored when the program was started (nohup) stay ignored. One at a time; from its
/// destruction on the signals do nothing.
class SignalHandlers {
 public:
  explicit SignalHandlers(frontend::Cancellation& cancellation) noexcept;
  SignalHandlers(const SignalHandlers&) = delete;
  SignalHandlers& operator=(const SignalHandlers&) = delete;
  ~SignalHandlers();
};

}  // namespace axle::cli
