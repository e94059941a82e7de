// The command loop of axle-backend: reads commands, has hooks run, writes every outcome, and stays.
// Runs no foreign code itself, so nothing that a hook does can end it.
#pragma once

#include "backend/event_pump.hpp"
#include "backend/farewell.hpp"
#include "backend/hook_runner.hpp"
#include "backend/hook_watch.hpp"
#include "backend/strays.hpp"
#include "backend/teller.hpp"
#include "ipc/command.hpp"
#include "ipc/oom_counter.hpp"
#include "ipc/outcome.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace axle::backend {

class Host {
 public:
  struct Settings {
    bool reuse = true;
    std::chrono::milliseconds start_time{30'000};     ///< For the import of the build backend.
    ipc::SourceId commands = ipc::SourceId::none;     ///< Lines of standard input.
    ipc::SourceId control = ipc::SourceId::none;      ///< Lines of the control descriptor, if any.
    ipc::SourceId signals = ipc::SourceId::none;      ///< SIGINT from here stops the hook.
    ipc::SourceId job_control = ipc::SourceId::none;  ///< SIGTSTP and SIGCONT.
  };

  Host(Settings settings, EventPump& pump, HookRunner& runner, Teller& teller, Strays& strays)
      : settings_(settings),
        pump_(pump),
        runner_(runner),
        teller_(teller),
        strays_(strays),
        farewell_(pump, runner, strays, teller) {}

  /// Serves until `_exit`, the end of standard input, one command (reuse false), or a reason to
  /// give up. Returns the exit code of the program: 0; 1 if the backend could not be started. That
  /// a signal was the reason is for the caller to tell.
  int serve();

 private:
  enum class Next { stay, leave };
  Next handle_line(const std::string& line);
  void tell_news(const ipc::Event& event);
  /// What came of a command.
  struct Answer {
    ipc::Outcome outcome;
    std::optional<ipc::ProcessorTime> used = std::nullopt;  // by its hook
    std::optional<HookProcess> leaving = std::nullopt;      // still to be seen off
  };
  Answer answer(const ipc::Command& command);

  Settings settings_;
  EventPump& pump_;
  HookRunner& runner_;
  Teller& teller_;
  Strays& strays_;
  ipc::OomCounter oom_counter_;
  Farewell farewell_;
  BackendInfo info_;
};

}  // namespace axle::backend
