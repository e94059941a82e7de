#include "frontend/program.hpp"

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
  Supervision(ProgramRun& run, ChildProcess child, const Cancellation& cancellation)
      : run_(run),
        cancellation_(cancellation),
        child_(std::move(child)),
        out_source_(loop_.watch_bytes(child_.take_stdout())),
        err_source_(loop_.watch_bytes(child_.take_stderr())),
        exit_source_(loop_.watch_exit(child_.pidfd())) {
    loop_.watch_readable(cancellation.fd());
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
    for (const SourceId source : {out_source_, err_source_}) {
      for (const Event& event : loop_.drain(source)) handle(event);
    }
    return ProgramResult{.status = status, .out = out_.take(), .err = err_.take()};
  }

 private:
  void handle(const Event& event) {
    if (event.source == exit_source_) ended_ = true;
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
    // Destruction kills what is left, and does not wait for ever.
  }

  ProgramRun& run_;
  const Cancellation& cancellation_;
  EventLoop loop_;
  ChildProcess child_;
  SourceId out_source_;
  SourceId err_source_;
  SourceId exit_source_;
  bool ended_ = false;
  Tail out_;
  Tail err_;
};

}  // namespace

Result<ProgramResult> run_program(ProgramRun run, const Cancellation& cancellation) {
  run.spawn.stdin_ = ipc::Stdio::null();
  using ipc::SpawnOptions;
  // This thread waits for it.
  run.spawn.with_caller =
      run.watches_us ? SpawnOptions::WithCaller::lives : SpawnOptions::WithCaller::dies;
  run.spawn.stdout_ = ipc::Stdio::pipe();
  run.spawn.stderr_ = ipc::Stdio::pipe();
  TRY(auto child, ChildProcess::spawn(run.spawn));
  try {
    return Supervision(run, std::move(child), cancellation).wait();
  } catch (const std::system_error& error) {
    return fail_errno(
        errc::io_error, "cannot watch " + run.spawn.program.string(), error.code().value());
  }
}

}  // namespace axle::frontend
