// Ctrl-C and its like, for the time of a command: the first signal asks the build to stop, the
// second asks for no more grace, the third leaves at once.
#pragma once

#include "frontend/cancellation.hpp"

#include <signal.h>

#include <array>

namespace axle::cli {

/// Routes SIGINT, SIGTERM, SIGHUP and SIGQUIT to `cancellation`, which must outlive it; signals
/// that were ignored when the program was started (nohup) stay ignored. One at a time; destruction
/// gives the signals back.
class SignalHandlers {
 public:
  explicit SignalHandlers(frontend::Cancellation& cancellation) noexcept;
  SignalHandlers(const SignalHandlers&) = delete;
  SignalHandlers& operator=(const SignalHandlers&) = delete;
  ~SignalHandlers();

 private:
  std::array<struct sigaction, 4> before_{};
};

}  // namespace axle::cli
