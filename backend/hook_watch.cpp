#include "backend/hook_watch.hpp"

#include "backend/interpreter_message.hpp"
#include "backend/stack_dump.hpp"
#include "backend/sweep.hpp"
#include "backend/wait_readable.hpp"
#include "ipc/event.hpp"
#include "ipc/process_state.hpp"

#include <fmt/format.h>

#include <signal.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace axle::backend {

using ipc::Event;
using ipc::HookFailure;
using ipc::Outcome;
using ipc::SourceId;
using namespace std::chrono_literals;

namespace {

/// How long a hook process may take to leave after it has answered: exit handlers, threads.
constexpr auto leave_time = 500ms;
constexpr std::chrono::milliseconds grace_after_timeout = 2s;
constexpr auto look_interval = 1s;
/// SIGKILL until the end; what takes longer hangs in the kernel.
constexpr auto death_time = 1s;

}  // namespace

Outcome HookWatch::watch(const ipc::Command& command, HookProcess& process) {
  pid_ = process.pid;
  oom_kills_ = oom_counter_.count();
  stack_fd_ = process.stack_fd;
  began_ = ipc::Clock::now();
  auto& loop = pump_.loop();
  reply_ = loop.watch_lines(std::move(process.reply), ipc::longest_result);
  death_ = loop.watch_exit(process.pidfd.number());
  if (command.timeout) time_out_ = ipc::deadline_in(*command.timeout);
  next_step_ = time_out_;
  look_ = loop.start_timer(ipc::deadline_in(look_interval));
  std::optional<Outcome> outcome;
  while (!ended_ && stage_ != Stage::killed) {
    auto event = pump_.wait_for(
        {reply_, death_, look_, stoppers_.control, stoppers_.signals, stoppers_.job_control},
        next_step_);
    if (!event) {  // a signal to the host, or the frontend is gone: no grace
      stop_because({.cancelled = "axle-backend was told to leave"}, 0ms);
      break;
    }
    if (event->kind == Event::Kind::deadline) {
      escalate();
    } else {
      handle(*event, command);
      // Who writes without end must not keep the time from coming.
      if (event->source == reply_ && ipc::Clock::now() >= next_step_) escalate();
    }
    if ((answer_ || answer_too_long_) && !process.ends_with_hook) break;
    if (leaves_) {
      if (process.says_when_it_leaves) outcome = let_leave();
      if (outcome) break;
      leaves_.reset();  // it is waited for
    }
  }
  if (!outcome) {
    outcome = judge(command, process);
    leaves_.reset();  // whatever it has still said: it is gone
  }
  for (const SourceId source : {reply_, death_, look_}) pump_.forget(source);
  return *std::move(outcome);
}

void HookWatch::handle(const Event& event, const ipc::Command& command) {
  if (event.source == reply_) {
    if (event.kind == Event::Kind::line && !answer_) {
      answer_ = event.data;
      const auto leave_by = ipc::deadline_in(leave_time);
      next_step_ = stage_ == Stage::running ? leave_by : std::min(next_step_, leave_by);
    } else if (event.kind == Event::Kind::line) {
      leaves_ = last_words(event.data);
    } else if (event.kind == Event::Kind::overflow) {
      answer_too_long_ = true;
    }
  } else if (event.source == death_) {
    ended_ = event.kind == Event::Kind::exited;
  } else if (event.source == look_) {
    look_for_a_stop(command.cmd);
    look_ = pump_.loop().start_timer(ipc::deadline_in(look_interval));
  } else if (event.source == stoppers_.job_control) {
    event.number == SIGTSTP ? suspend() : resume();
  } else if (event.kind == Event::Kind::signal) {
    stop_because({.cancelled = ipc::signal_name(event.number)}, grace_);
  } else if (event.source == stoppers_.control && event.kind == Event::Kind::line) {
    if (auto cancel = ipc::decode_cancel(event.data); cancel && cancel->id == command.id) {
      stop_because({.cancelled = cancel->reason}, cancel->grace);
    }
  }
}

void HookWatch::look_for_a_stop(const std::string& name) {
  const bool is_stopped = !suspended_since_ && ipc::process_state(pid_) == 'T';
  if (is_stopped && !stop_told_) {
    teller_.notice(fmt::format(
        "{} (pid {}) was stopped by a signal; it waits until SIGCONT lets it go on", name, pid_));
  }
  stop_told_ = stop_told_ || is_stopped;
}

void HookWatch::suspend() {
  // One that is being stopped, or has answered, is bounded by what does not wait.
  if (suspended_since_ || answer_ || stage_ != Stage::running) return;
  suspended_since_ = ipc::Clock::now();
  next_step_ = ipc::no_deadline;
  signal_group(SIGSTOP);
}

void HookWatch::resume() {
  if (!suspended_since_) return;
  const auto pause = ipc::Clock::now() - *suspended_since_;
  suspended_since_.reset();
  began_ += pause;
  if (time_out_ < ipc::no_deadline - pause) time_out_ += pause;
  if (!answer_) next_step_ = time_out_;
  signal_group(SIGCONT);
}

void HookWatch::stop_because(StopReason reason, std::chrono::milliseconds grace) {
  resume();
  if (!reason_ && !answer_) reason_ = std::move(reason);  // the first reason stays
  grace_ = std::min(grace, stage_ == Stage::running ? grace : grace_);
  next_step_ = ipc::Clock::now();
  escalate();
}

void HookWatch::escalate() {
  if (answer_) {  // it has answered, and does not leave
    stage_ = Stage::killed;
  } else if (stage_ == Stage::running) {
    if (!reason_) {
      const auto elapsed = ipc::Clock::now() - began_;
      reason_ = StopReason{.timed_out = true,
                           .after = std::chrono::duration_cast<std::chrono::milliseconds>(elapsed)};
      grace_ = grace_after_timeout;
    }
    if (!pump_.interrupted()) stack_ = dump_stack(pid_, stack_fd_);
    stage_ = grace_ > 0ms ? Stage::interrupted : Stage::killed;
  } else if (stage_ == Stage::interrupted) {
    stage_ = grace_ > 0ms ? Stage::terminated : Stage::killed;
  } else {
    stage_ = Stage::killed;
  }
  if (stage_ == Stage::killed) return;  // by `end`
  signal_group(stage_ == Stage::interrupted ? SIGINT : SIGTERM);
  signal_group(SIGCONT);  // or a stopped process would not see the other
  const bool late = ipc::Clock::now() >= time_out_;
  if (late) grace_ = std::min(grace_, grace_after_timeout);
  next_step_ = ipc::deadline_in(grace_);
  // However long the grace of a cancel is, the command's own time-out still counts.
  if (!late) next_step_ = std::min(next_step_, time_out_);
}

void HookWatch::signal_group(int number) const noexcept {
  // The number is safe: a hook process is not reaped before `judge`.
  if (kill(-pid_, number) != 0 || number == SIGKILL) kill(pid_, number);
}

std::optional<ipc::ExitStatus> HookWatch::end(const HookProcess& process) {
  signal_group(SIGKILL);  // what it has left behind goes with it
  if (wait_readable(process.pidfd.number(), ipc::deadline_in(death_time))) {
    return runner_.reap(process);
  }
  strays_.give_up(pid_);
  runner_.abandon(process);
  return std::nullopt;
}

std::optional<Outcome> HookWatch::let_leave() {
  const bool undisturbed = !ended_ && stage_ == Stage::running && !reason_;
  if (!undisturbed || strays_.any(runner_.lasting())) return std::nullopt;
  auto outcome = ipc::decode_outcome(*answer_);
  if (!outcome) return std::nullopt;
  signal_group(SIGKILL);  // it has nothing left to do
  return *std::move(outcome);
}

Outcome HookWatch::judge(const ipc::Command& command, HookProcess& process) {
  ipc::ExitStatus status;
  std::optional<HookFailure> stuck;
  // Who stops a hook kills it, too.
  const bool killed_by_others = stage_ != Stage::killed;
  if (process.ends_with_hook || ended_ || !answer_) {
    if (auto ended = end(process)) {
      status = *ended;
    } else {
      stuck = unkillable(command.cmd, pid_, ipc::process_state(pid_));
      teller_.notice(stuck->exc_msg);
    }
  }
  const bool ran_out_of_memory =
      killed_by_others && status.signal == SIGKILL && oom_counter_.count() > oom_kills_;
  for (const Event& late : pump_.loop().drain(reply_)) handle(late, command);
  sweep_after(command.cmd, strays_, runner_, teller_);
  if (answer_) {
    auto outcome = ipc::decode_outcome(*answer_);
    if (outcome) {
      auto* failure = std::get_if<HookFailure>(&*outcome);
      if (failure == nullptr || !reason_) return *std::move(outcome);
      return stopped(command.cmd, *reason_, std::move(*failure), stack_);
    }
    if (!reason_ && status.success()) {
      HookFailure failure;
      failure.exc_type = "ProtocolError";
      failure.exc_msg =
          fmt::format("{} answered what is no outcome: {}", command.cmd, outcome.error().message);
      return failure;
    }
  } else if (answer_too_long_ && !reason_) {
    HookFailure failure;
    failure.exc_type = "ValueError";
    failure.exc_msg = fmt::format(
        "{} returned more than {} MiB", command.cmd, ipc::longest_result / (1024 * 1024));
    return failure;
  }
  auto death = stuck               ? *std::move(stuck)
               : ran_out_of_memory ? out_of_memory(command.cmd, status)
                                   : died(command.cmd, status);
  if (!reason_) return death;
  return stopped(command.cmd, *reason_, std::move(death), stack_);
}

}  // namespace axle::backend
