// Watching one hook: from the moment its process runs to the moment it is certain what came of it
// and that nothing of it is left.
#pragma once

#include "backend/event_pump.hpp"
#include "backend/failure.hpp"
#include "backend/hook_runner.hpp"
#include "backend/strays.hpp"
#include "backend/teller.hpp"
#include "ipc/command.hpp"
#include "ipc/oom_counter.hpp"
#include "ipc/outcome.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace axle::backend {

/// Waits for the hook's answer, its end, its deadline, a `cancel` or a reason to give up, whatever
/// comes first; stops what has to be stopped: SIGINT, SIGTERM, SIGKILL on its process group.
class HookWatch {
 public:
  /// Where a wish to stop the hook comes from; each may be none.
  struct Stoppers {
    ipc::SourceId control;      ///< `cancel` messages.
    ipc::SourceId signals;      ///< SIGINT.
    ipc::SourceId job_control;  ///< SIGTSTP and SIGCONT: the hook pauses, and time with it.
  };

  HookWatch(EventPump& pump,
            HookRunner& runner,
            Teller& teller,
            Strays& strays,
            const ipc::OomCounter& oom_counter,
            Stoppers stoppers)
      : pump_(pump),
        runner_(runner),
        teller_(teller),
        strays_(strays),
        oom_counter_(oom_counter),
        stoppers_(stoppers) {}

  /// Returns once the hook process is gone (or, where it serves further hooks, has answered); or
  /// has been killed and is given up, because it hangs where no signal reaches it; or `leaves`.
  ipc::Outcome watch(const ipc::Command& command, HookProcess& process);

  /// The process is still to be seen off: it is alone, and has nothing left to do but end. What the
  /// hook has taken of the processor; nothing where the process is gone or stays.
  [[nodiscard]] const std::optional<ipc::ProcessorTime>& leaves() const noexcept { return leaves_; }

 private:
  /// How far the stopping of a hook has come.
  enum class Stage { running, interrupted, terminated, killed };

  void handle(const ipc::Event& event, const ipc::Command& command);
  void suspend();
  void resume();
  void look_for_a_stop(const std::string& name);
  void escalate();
  void stop_because(StopReason reason, std::chrono::milliseconds grace);
  void signal_group(int number) const noexcept;
  /// Kills what is left of the hook; how its process ended, or nothing if it does not.
  std::optional<ipc::ExitStatus> end(const HookProcess& process);
  /// The outcome, where there is nothing to do but to let the process end; it is killed.
  std::optional<ipc::Outcome> let_leave();
  ipc::Outcome judge(const ipc::Command& command, HookProcess& process);

  EventPump& pump_;
  HookRunner& runner_;
  Teller& teller_;
  Strays& strays_;
  const ipc::OomCounter& oom_counter_;
  Stoppers stoppers_;

  pid_t pid_ = 0;
  std::uint64_t oom_kills_ = 0;  // before the hook
  int stack_fd_ = -1;
  std::string stack_;  // where the hook was when it was to be stopped
  ipc::SourceId reply_ = ipc::SourceId::none;
  ipc::SourceId death_ = ipc::SourceId::none;
  ipc::SourceId look_ = ipc::SourceId::none;
  ipc::Deadline began_{};
  ipc::Deadline time_out_ = ipc::no_deadline;   // the command's own
  ipc::Deadline next_step_ = ipc::no_deadline;  // of the time-out or of the stopping
  std::optional<ipc::Deadline> suspended_since_;
  Stage stage_ = Stage::running;
  std::optional<StopReason> reason_;
  std::chrono::milliseconds grace_{2000};
  std::optional<std::string> answer_;
  bool answer_too_long_ = false;
  std::optional<ipc::ProcessorTime> leaves_;
  bool ended_ = false;
  bool stop_told_ = false;
};

}  // namespace axle::backend
