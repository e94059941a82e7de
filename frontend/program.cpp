#include "frontend/program.hpp"

#include "ipc/fd.hpp"
#include "ipc/guard_report.hpp"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <optional>
#include <system_error>
#include <utility>

namespace axle::frontend {
namespace {

using ipc::ChildProcess;
using ipc::Clock;
using ipc::Event;
using ipc::EventLoop;
using ipc::SourceId;

constexpr std::size_t longest_tail = 1024 * 1024;
constexpr std::chrono::milliseconds grace{1000};
constexpr std::chrono::milliseconds sweep_time{3000};  // a guard takes two seconds at most

// The last MiB of a stream; trimmed only now and then, so that it costs nothing per byte.
class Tail {
 public:
  void add(std::string_view bytes) {
    text_ += bytes;
    if (text_.size() > 2 * longest_tail) trim();
  }
  std::string take() {
    trim();
    return std::move(text_);
  }

 private:
  void trim() {
    if (text_.size() > longest_tail) text_.erase(0, text_.size() - longest_tail);
  }
  std::string text_;
};

class Supervision {
 public:
  /// `guard` is our end of the guard's socket, where there is one.
  Supervision(ProgramRun& run,
              ChildProcess child,
              ipc::UniqueFd guard,
              const Cancellation& cancellation)
      : run_(run),
        cancellation_(cancellation),
        child_(std::move(child)),
        out_source_(loop_.watch_bytes(child_.take_stdout())),
        err_source_(loop_.watch_bytes(child_.take_stderr())),
        exit_source_(loop_.watch_exit(child_.pidfd())) {
    loop_.watch_readable(cancellation.fd());
    if (guard) guard_source_ = loop_.watch_lines(std::move(guard), ipc::longest_guard_report);
  }

  Result<ProgramResult> wait() {
    const std::string name = run_.spawn.program.string();
    while (!ended_) {
      if (cancellation_.requested()) {
        stop();
        return std::unexpected(cancellation_.error(name + " was running"));
      }
      if (Clock::now() >= run_.deadline) {
        stop();
        return fail(errc::timed_out, name + " did not end in time and was stopped");
      }
      handle(loop_.next_event(run_.deadline));
    }
    const ipc::ExitStatus status = child_.reap();
    for (const SourceId source : {out_source_, err_source_, guard_source_}) {
      if (source == SourceId::none) continue;
      for (const Event& event : loop_.drain(source)) handle(event);
    }
    ProgramResult result{.status = status, .out = out_.take(), .err = err_.take()};
    if (guard_source_ == SourceId::none) return result;
    return guarded(std::move(result));
  }

 private:
  void handle(const Event& event) {
    if (event.source == exit_source_) ended_ = true;
    if (event.source == guard_source_ && event.kind == Event::Kind::line) {
      report_ = ipc::decode_guard_report(event.data);
    }
    if (event.kind != Event::Kind::bytes) return;
    const bool is_stderr = event.source == err_source_;
    (is_stderr ? err_ : out_).add(event.data);
    if (run_.on_output) run_.on_output(is_stderr, event.data);
  }

  // Politely first. The output goes on being read meanwhile: it may be what the program waits for.
  void stop() {
    child_.send_signal_to_group(SIGTERM);
    const ipc::Deadline enough = ipc::deadline_in(grace);
    while (!ended_ && Clock::now() < enough && cancellation_.times_requested() < 2) {
      handle(loop_.next_event(enough));
    }
    if (guard_source_ != SourceId::none) {
      loop_.remove(guard_source_);  // the guard kills all of it now
      const ipc::Deadline swept = ipc::deadline_in(sweep_time);
      while (!ended_ && Clock::now() < swept) handle(loop_.next_event(swept));
    }
    // Destruction kills what is left, and does not wait for ever.
  }

  /// The program's own result: `result` is the guard's.
  Result<ProgramResult> guarded(ProgramResult result) {
    if (!report_) {
      return fail(errc::io_error,
                  fmt::format("{}, which was to guard {}, {} without a word of it",
                              run_.guard.string(),
                              run_.spawn.program.string(),
                              result.status.describe()),
                  "reinstall axle, or let AXLE_BACKEND name the axle-backend that belongs to it");
    }
    if (!report_->status) return fail(errc::io_error, report_->trouble, report_->hint);
    result.status = *report_->status;
    result.left_behind = std::move(report_->left_behind);
    return result;
  }

  ProgramRun& run_;
  const Cancellation& cancellation_;
  EventLoop loop_;
  ChildProcess child_;
  SourceId out_source_;
  SourceId err_source_;
  SourceId exit_source_;
  SourceId guard_source_ = SourceId::none;
  Result<ipc::GuardReport> report_ = fail(errc::protocol_error, "there was none");
  bool ended_ = false;
  Tail out_;
  Tail err_;
};

}  // namespace

Result<ProgramResult> run_program(ProgramRun run, const Cancellation& cancellation) {
  run.spawn.stdin_ = ipc::Stdio::null();
  run.spawn.stdout_ = ipc::Stdio::pipe();
  run.spawn.stderr_ = ipc::Stdio::pipe();
  ipc::SpawnOptions spawn = run.spawn;
  ipc::SocketPair control;
  if (run.guard.empty()) {
    spawn.with_caller = ipc::SpawnOptions::WithCaller::dies;  // this thread waits for it
  } else {
    TRY(control, ipc::make_socket_pair());
    spawn.program = run.guard;
    spawn.arguments.insert(spawn.arguments.begin(), {"--guard", "3", run.spawn.program.string()});
    spawn.extra_fds = {control.theirs.number()};
  }
  TRY(auto child, ChildProcess::spawn(spawn));
  control.theirs.reset();
  try {
    return Supervision(run, std::move(child), std::move(control.ours), cancellation).wait();
  } catch (const std::system_error& error) {
    return fail_errno(
        errc::io_error, "cannot watch " + run.spawn.program.string(), error.code().value());
  }
}

}  // namespace axle::frontend
