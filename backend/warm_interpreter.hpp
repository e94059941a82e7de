// A Python process that has imported the build backend and starts hook processes on demand: our
// side of python/zygote.py, which tells the messages between the two.
#pragma once

#include "backend/event_pump.hpp"
#include "backend/hook_runner.hpp"
#include "backend/interpreter_message.hpp"
#include "backend/interpreter_start.hpp"
#include "backend/watched_files.hpp"
#include "ipc/child_process.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace axle::backend {

/// Owns the process. Not thread-safe. Destruction lets an idle one leave, kills it where it does
/// not, and reaps it, unless it hangs in the kernel; hook processes of it that still run are killed
/// by it or by `reap`.
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
  /// "the warm interpreter (pid 7) was killed by SIGKILL" once the event says so, or any event
  /// after a call here has found that out; only once.
  std::optional<std::string> look_at(const ipc::Event& event);
  /// The variables with which, as the last command has them, another state would have come of its
  /// start: therefore it has left. Given once.
  std::vector<std::string> take_decisive_variables() { return std::exchange(decisive_, {}); }
  /// What it has told of its warmth since this was asked last, if anything.
  std::optional<Warmth> news_of_warmth() { return std::exchange(warmth_, std::nullopt); }

  /// Fails with `errc::backend_gone` if the interpreter is dead, dies before the hook begins, or
  /// leaves then because what it has imported has changed or `take_decisive_variables` has some,
  /// with `errc::timed_out` if it does not answer (it is killed then), and with `errc::io_error`
  /// where the system has no process or descriptor to spare; the error's `hook_failure` says what a
  /// fork failed of.
  Result<HookProcess> launch(const ipc::Command& command);

  /// How a hook process ended whose end was seen: told by the interpreter, or by the system if
  /// that is dead and the orphan has come to us. Where a hook has made siblings of itself, the
  /// interpreter leaves then, within a second and a half, and these come to us.
  ipc::ExitStatus reap(const HookProcess& hook);
  /// What the hook process that `reap` was asked for last has taken, if the interpreter told; once.
  std::optional<ipc::ProcessorTime> take_processor_time() {
    return std::exchange(used_, std::nullopt);
  }
  /// Kills the interpreter, which may be or wait for a process that does not end.
  void abandon() noexcept;

 private:
  WarmInterpreter(EventPump& pump, ipc::ChildProcess process);
  Result<> await_start(const InterpreterSpec& spec, ipc::Deadline deadline);
  // Nothing: the deadline has passed.
  Result<std::optional<InterpreterMessage>> next_answer(ipc::Deadline deadline);
  Result<ipc::Event> next_line(ipc::Deadline deadline);
  std::optional<InterpreterMessage> take(const std::string& line);
  Result<pid_t> await_hook(std::uint64_t id);
  [[nodiscard]] Error gone();
  [[nodiscard]] Error hanging_import(const InterpreterSpec& spec) const;
  void give_up() noexcept;    // kills it, unless it is dead already
  void let_leave() noexcept;  // it leaves by itself; killed where it does not
  bool leaves_when_told() noexcept;

  EventPump& pump_;
  ipc::ChildProcess process_;
  ipc::Pipe stacks_;       // processes of it write there where they are: see stack_dump.hpp
  ipc::Pipe lifeline_;     // hooks get one end, and are killed when the other is closed: by our end
  ipc::UniqueFd passing_;  // a second descriptor of the socket, for passing descriptors
  ipc::SourceId socket_ = ipc::SourceId::none;
  ipc::SourceId death_ = ipc::SourceId::none;
  BackendInfo info_;
  int extra_threads_ = 0;
  std::deque<ipc::Event> late_;  // what it said before it died, not yet looked at
  std::optional<Warmth> warmth_;
  WatchedFiles watched_;
  std::vector<std::string> decisive_;
  std::optional<ipc::ProcessorTime> used_;
  HookIsolation isolation_ = HookIsolation::forked;
  bool alive_ = true;
  bool death_told_ = false;
  bool idle_ = false;
  std::uint64_t launched_ = 0;
};

}  // namespace axle::backend
