// A Python process that has imported the build backend and starts hook processes on demand: our
// side of python/zygote.py, which tells the messages between the two.
#pragma once

#include "backend/event_pump.hpp"
#include "backend/hook_runner.hpp"
#include "backend/options.hpp"
#include "ipc/child_process.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace axle::backend {

/// What a warm interpreter is made of.
struct InterpreterSpec {
  std::filesystem::path python;  ///< Absolute.
  std::string module;
  std::string object;
  std::vector<std::filesystem::path> backend_path;
  /// in_line: one process for all hooks; else it forks one for each.
  HookIsolation hook_isolation = HookIsolation::forked;
  /// Hooks print the traceback of what they raise on their stderr.
  bool print_traceback = false;
  ipc::Stdio stdout_ = ipc::Stdio::inherit();
  ipc::Stdio stderr_ = ipc::Stdio::inherit();
};

/// Owns the process. Not thread-safe. Destruction closes its socket, kills it and reaps it; hook
/// processes of it that still run are killed by it or by `reap`.
class WarmInterpreter {
 public:
  /// Starts Python and imports the build backend. Fails as HookRunner::start does.
  static Result<std::unique_ptr<WarmInterpreter>> start(const InterpreterSpec& spec,
                                                        EventPump& pump,
                                                        ipc::Deadline deadline);
  WarmInterpreter(const WarmInterpreter&) = delete;
  WarmInterpreter& operator=(const WarmInterpreter&) = delete;
  ~WarmInterpreter();

  [[nodiscard]] const BackendInfo& info() const noexcept { return info_; }
  /// Threads that the import left running beside the main one.
  [[nodiscard]] int extra_threads() const noexcept { return extra_threads_; }
  [[nodiscard]] bool alive() const noexcept { return alive_; }
  [[nodiscard]] pid_t pid() const noexcept { return process_.pid(); }
  /// "the warm interpreter (pid 7) was killed by SIGKILL" once the event says so.
  std::optional<std::string> look_at(const ipc::Event& event);

  /// Fails with `errc::backend_gone` if the interpreter is dead or dies; no hook has run then.
  Result<HookProcess> launch(const ipc::Command& command);

  /// How a hook process ended whose end was seen: told by the interpreter, or by the system if
  /// that is dead and the orphan has come to us.
  ipc::ExitStatus reap(const HookProcess& hook);

 private:
  WarmInterpreter(EventPump& pump, ipc::ChildProcess process);
  Result<> await_start(const InterpreterSpec& spec, ipc::Deadline deadline);
  Result<ipc::Event> next_line(ipc::Deadline deadline);
  [[nodiscard]] Error gone();

  EventPump& pump_;
  ipc::ChildProcess process_;
  ipc::Pipe lifeline_;     // hooks get one end, and are killed when the other is closed: by our end
  ipc::UniqueFd passing_;  // a second descriptor of the socket, for passing descriptors
  ipc::SourceId socket_ = ipc::SourceId::none;
  ipc::SourceId death_ = ipc::SourceId::none;
  BackendInfo info_;
  int extra_threads_ = 0;
  bool alive_ = true;
  bool hooks_inside_ = false;
  std::uint64_t launched_ = 0;
};

}  // namespace axle::backend
