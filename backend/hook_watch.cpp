#include "backend/hook_watch.hpp"

#include "backend/strays.hpp"
#include "ipc/event.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <signal.h>

#include <algorithm>
#include <utility>

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
constexpr auto sweep_time = 1s;

}  // namespace

Outcome HookWatch::watch(const ipc::Command& command, HookProcess& process) {
  pid_ = process.pid;
  began_ = ipc::Clock::now();
  auto& loop = pump_.loop();
  reply_ = loop.watch_lines(std::move(process.reply), ipc::longest_result);
  death_ = loop.watch_exit(process.pidfd.number());
  if (command.timeout) time_out_ = ipc::deadline_in(*command.timeout);
  next_step_ = time_out_;
  while (!ended_) {
    auto event = pump_.wait_for({reply_, death_, stoppers_.control, stoppers_.signals}, next_step_);
    if (!event) {  // a signal to the host, or the frontend is gone: no grace
      stop_because({.cancelled = "axle-backend was told to leave"}, 0ms);
      stage_ = Stage::killed;
      signal_group(SIGKILL);
      break;
    }
    if (event->kind == Event::Kind::deadline) {
      escalate();
    } else {
      handle(*event, command);
    }
    if ((answer_ || answer_too_long_) && !process.ends_with_hook) break;
  }
  Outcome outcome = judge(command, process);
  for (const SourceId source : {reply_, death_}) pump_.forget(source);
  return outcome;
}

void HookWatch::handle(const Event& event, const ipc::Command& command) {
  if (event.source == reply_) {
    if (event.kind == Event::Kind::line && !answer_) {
      answer_ = event.data;
      const auto leave_by = ipc::deadline_in(leave_time);
      next_step_ = stage_ == Stage::running ? leave_by : std::min(next_step_, leave_by);
    } else if (event.kind == Event::Kind::overflow) {
      answer_too_long_ = true;
    }
  } else if (event.source == death_) {
    ended_ = event.kind == Event::Kind::exited;
  } else if (event.kind == Event::Kind::signal) {
    stop_because({.cancelled = ipc::signal_name(event.number)}, grace_);
  } else if (event.source == stoppers_.control && event.kind == Event::Kind::line) {
    if (auto cancel = ipc::decode_cancel(event.data); cancel && cancel->id == command.id) {
      stop_because({.cancelled = cancel->reason}, cancel->grace);
    }
  }
}

void HookWatch::stop_because(StopReason reason, std::chrono::milliseconds grace) {
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
    stage_ = grace_ > 0ms ? Stage::interrupted : Stage::killed;
  } else if (stage_ == Stage::interrupted) {
    stage_ = grace_ > 0ms ? Stage::terminated : Stage::killed;
  } else {
    stage_ = Stage::killed;
  }
  signal_group(stage_ == Stage::interrupted  ? SIGINT
               : stage_ == Stage::terminated ? SIGTERM
                                             : SIGKILL);
  const bool late = ipc::Clock::now() >= time_out_;
  if (late) grace_ = std::min(grace_, grace_after_timeout);
  next_step_ = ipc::deadline_in(stage_ == Stage::killed ? 1000ms : grace_);
  // However long the grace of a cancel is, the command's own time-out still counts.
  if (!late) next_step_ = std::min(next_step_, time_out_);
}

void HookWatch::signal_group(int number) const noexcept {
  // The number is safe: a hook process is not reaped before `judge`.
  if (kill(-pid_, number) != 0 || number == SIGKILL) kill(pid_, number);
}

Outcome HookWatch::judge(const ipc::Command& command, HookProcess& process) {
  for (const Event& late : pump_.loop().drain(reply_)) handle(late, command);
  ipc::ExitStatus status;
  if (process.ends_with_hook || ended_ || !answer_) {
    signal_group(SIGKILL);  // what it has left behind goes with it
    status = runner_.reap(process);
  }
  const auto strays = sweep_strays(runner_.lasting(), ipc::deadline_in(sweep_time));
  if (!strays.empty()) {
    teller_.notice(fmt::format(
        "{} left processes behind, which were killed: {}", command.cmd, fmt::join(strays, ", ")));
  }
  if (answer_) {
    auto outcome = ipc::decode_outcome(*answer_);
    if (outcome) {
      auto* failure = std::get_if<HookFailure>(&*outcome);
      if (failure == nullptr || !reason_) return *std::move(outcome);
      return stopped(command.cmd, *reason_, std::move(*failure));
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
  auto death = died(command.cmd, status);
  if (!reason_) return death;
  return stopped(command.cmd, *reason_, std::move(death));
}

}  // namespace axle::backend
