// Ctrl-Z and fg, for the time of a command: the hooks stop and go on with axle, and what runs for
// a bounded time does not pay for it.
#pragma once

#include <signal.h>

#include <optional>

namespace axle::cli {

/// Takes SIGTSTP over from its default action: suspends the builds first, then the program, and
/// lets both go on after SIGCONT. A SIGTSTP that was ignored when the program was started stays
/// ignored; one that the kernel does not let stop the program, because no shell could continue it
/// (an orphaned process group), changes nothing. All threads but the one that makes it must block
/// the signal; destruction gives it back.
class JobControl {
 public:
  JobControl() noexcept;
  JobControl(const JobControl&) = delete;
  JobControl& operator=(const JobControl&) = delete;
  ~JobControl();

 private:
  std::optional<struct sigaction> before_;  // none where the signal is ignored
};

}  // namespace axle::cli
