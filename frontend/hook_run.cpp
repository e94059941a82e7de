#include "frontend/hook_run.hpp"

#include "ipc/child_process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>
#include <variant>

namespace axle::frontend {
namespace {

using ipc::Clock;
using ipc::HookFailure;
using ipc::Outcome;
using namespace std::chrono_literals;

double seconds(Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// How long a stopped or timed-out hook may still take to be told as finished, beyond its ladder.
constexpr auto slack = 3s;

}  // namespace

HookRun::HookRun(Surroundings surroundings, ipc::Command command)
    : host_(surroundings.host),
      bounds_(surroundings.bounds),
      observer_(surroundings.observer),
      cancellation_(surroundings.cancellation),
      command_(std::move(command)),
      idle_timeout_(surroundings.idle_timeout) {}

void HookRun::begin() {
  if (cancellation_.requested()) {
    report_ = {.outcome = std::unexpected(cancelled(std::nullopt))};
    return;
  }
  if (auto watched = host_.watch_cancellation(cancellation_); !watched) {
    report_ = {.outcome = std::unexpected(std::move(watched).error())};
    return;
  }
  host_.relay_output(observer_);  // of whatever an earlier hook has left running
  host_.clear_stderr_tail();
  relayed_before_ = host_.relayed();
  host_.send(command_);
  since_ = heard_ = Clock::now();
  deadline_ = since_ + bounds_.accept;
}

void HookRun::step(ipc::Deadline deadline) {
  if (report_) return;
  auto happening = host_.next(std::min({deadline, deadline_, quiet_until()}), observer_);
  if (std::holds_alternative<BackendHost::TimeUp>(happening) && Clock::now() < deadline_) {
    return on_quiet();
  }
  auto report = std::visit([this](const auto& what) { return on(what); }, happening);
  if (report) settle(*std::move(report));
}

void HookRun::settle(HookReport report) {
  host_.unwatch_cancellation();
  host_.release_hook();
  std::error_code ignored;
  std::filesystem::remove(command_.result, ignored);
  report_ = std::move(report);
}

HookRun::MaybeReport HookRun::on(BackendHost::Delivered) {
  delivered_ = true;
  return std::nullopt;
}

HookRun::MaybeReport HookRun::on(const ipc::BackendEvent& event) {
  if (const auto* accepted = std::get_if<ipc::Accepted>(&event)) {
    if (accepted->id == command_.id) on_accepted();
  } else if (const auto* running = std::get_if<ipc::Running>(&event)) {
    if (running->id == command_.id) on_running(*running);
  } else if (const auto* beat = std::get_if<ipc::Heartbeat>(&event)) {
    if (beat->id == command_.id) heard();
  } else if (const auto* finished = std::get_if<ipc::Finished>(&event)) {
    if (finished->id == command_.id) return finish(*finished);
  } else if (const auto* warm = std::get_if<ipc::Warm>(&event)) {
    if (warm->training) observer_.backend_trained(*warm->training);
  } else if (const auto* rejected = std::get_if<ipc::Rejected>(&event)) {
    if (rejected->id == command_.id || (rejected->id == 0 && !accepted_)) {
      return HookReport{.outcome = fail(errc::protocol_error,
                                        fmt::format("axle-backend (pid {}) rejected {}: {}",
                                                    host_.pid(),
                                                    command_.cmd,
                                                    rejected->reason))};
    }
  }
  return std::nullopt;  // about another command, or said before
}

void HookRun::on_accepted() {
  if (accepted_) return;
  accepted_ = true;
  since_ = Clock::now();
  allow(bounds_.start);  // an interpreter may have to be started for the hook
  if (state_ == State::sent) state_ = State::running;
  heard();
}

void HookRun::on_running(const ipc::Running& running) {
  ran_ = true;
  host_.adopt_hook(running.pid);
  observer_.hook_runs_in(running.pid);
  allow(0ms);
  heard();
}

void HookRun::allow(BackendBounds::Span before) {
  if (!command_.timeout) return;
  hook_deadline_ = ipc::deadline_in(before + *command_.timeout + bounds_.stop() + slack);
}

void HookRun::heard() {
  heard_ = Clock::now();
  silence_told_ = false;
  if (state_ == State::running) deadline_ = std::min(heard_ + bounds_.silence, hook_deadline_);
}

ipc::Deadline HookRun::quiet_until() const {
  if (state_ != State::running) return ipc::no_deadline;
  const auto last = std::max(since_, host_.last_output());
  ipc::Deadline until = quiet_told_ ? ipc::no_deadline : last + bounds_.quiet;
  if (idle_timeout_) until = std::min(until, last + *idle_timeout_);
  return until;
}

void HookRun::on_quiet() {
  const auto now = Clock::now();
  if (now < quiet_until()) return;
  if (idle_timeout_ && now >= std::max(since_, host_.last_output()) + *idle_timeout_) {
    stopped_as_quiet_ = true;
    return stop(fmt::format("it printed nothing for {:g} s", seconds(*idle_timeout_)));
  }
  quiet_told_ = true;
  observer_.notice(
      fmt::format("{} has printed nothing for {:g} s", command_.cmd, seconds(bounds_.quiet)));
}

void HookRun::stop(std::string reason) {
  state_ = State::stopping;
  deadline_ = ipc::deadline_in(bounds_.stop() + slack);
  host_.send(ipc::Cancel{
      .id = command_.id,
      .reason = std::move(reason),
      .grace = bounds_.grace,
  });
}

HookRun::MaybeReport HookRun::on(const BackendHost::Nonsense& nonsense) {
  return broken(errc::protocol_error, fmt::format("{} {}, and was killed", nonsense.what, when()));
}

HookRun::MaybeReport HookRun::on(BackendHost::ChannelClosed) {
  state_ = State::closing;
  deadline_ = std::min(deadline_, ipc::deadline_in(bounds_.last_words));
  return std::nullopt;
}

HookRun::MaybeReport HookRun::on(BackendHost::Exited) {
  return gone({});
}

HookRun::MaybeReport HookRun::on(BackendHost::StopRequested) {
  if (state_ == State::closing) return std::nullopt;
  const bool at_once = state_ == State::stopping || cancellation_.times_requested() > 1;
  if (at_once) return gone("was killed");
  stop(cancellation_.reason());
  return std::nullopt;
}

HookRun::MaybeReport HookRun::on(BackendHost::TimeUp) {
  switch (state_) {
    case State::sent:
      return gone(fmt::format("did not accept {} within {:.1f} s, and was killed",
                              command_.cmd,
                              seconds(Clock::now() - since_)));
    case State::running:
      if (Clock::now() >= hook_deadline_) {
        return broken(errc::timed_out,
                      fmt::format("did not stop {} after {:g} s, and was killed with it",
                                  command_.cmd,
                                  seconds(*command_.timeout)));
      }
      if (!silence_told_) {
        silence_told_ = true;
        observer_.notice(fmt::format("axle-backend (pid {}) gave no sign of life for {:g} s {}",
                                     host_.pid(),
                                     seconds(bounds_.silence),
                                     when()));
        deadline_ = std::min(heard_ + bounds_.stuck, hook_deadline_);
        return std::nullopt;
      }
      return gone(fmt::format(
          "gave no sign of life for {:g} s {}, and was killed", seconds(bounds_.stuck), when()));
    case State::stopping: return gone(fmt::format("did not stop {}, and was killed", command_.cmd));
    case State::closing: return gone(fmt::format("closed its channels {}, and was killed", when()));
  }
  return std::nullopt;
}

std::string HookRun::when() const {
  return accepted_ ? fmt::format("while {} was running (accepted, {:.1f} s)",
                                 command_.cmd,
                                 seconds(Clock::now() - since_))
                   : fmt::format("before it accepted {} (sent, {:.1f} s)",
                                 command_.cmd,
                                 seconds(Clock::now() - since_));
}

void HookRun::put_back_limits() {
  if (!limits_before_) return;
  const auto lowered = std::exchange(limits_before_, std::nullopt)->put_back();
  if (!lowered) return;
  if (lowered->for_good.empty()) {
    observer_.notice("the limits of axle were lowered while a hook ran, and were put back");
  } else if (can_go_on()) {
    observer_.notice("the limits of axle were lowered while a hook ran, and cannot be put back: " +
                     lowered->for_good);
  } else {
    robbed_ =
        Error{.code = errc::io_error,
              .message = fmt::format(
                  "while {} ran, the limits of axle were lowered for good, and it cannot go on: {}",
                  command_.cmd,
                  lowered->for_good),
              .hint =
                  "the build backend, or something else that runs as the same user, has called "
                  "prlimit(2) on axle; another run starts with the limits of its caller"};
  }
}

HookReport HookRun::finish(const ipc::Finished& finished) {
  put_back_limits();
  if (finished.used) observer_.hook_used(*finished.used);
  host_.release_hook();
  host_.relay_output(observer_);
  accepted_ = true;
  // It can start no process, or write no file: a hook may have taken the right to from it.
  if (!ran_ || finished.undelivered) host_.call_unfit();
  if (finished.undelivered) {
    observer_.notice(
        fmt::format("the result of {} came without a file: {}", command_.cmd, finished.trouble));
  }
  Result<Outcome> outcome = finished.undelivered ? Result<Outcome>(*finished.undelivered)
                                                 : ipc::read_result_file(command_.result);
  const bool raised = outcome && std::holds_alternative<HookFailure>(*outcome);
  if (robbed_ && !raised) return judge(std::unexpected(*std::exchange(robbed_, std::nullopt)));
  if (!outcome) {
    return broken(errc::protocol_error,
                  fmt::format("told a result of {} that cannot be read, and was killed: {}",
                              command_.cmd,
                              outcome.error().message));
  }
  return judge(std::move(outcome));
}

HookReport HookRun::gone(std::string ending) {
  put_back_limits();
  std::optional<ipc::Finished> finished;
  const auto hear_last_words = [&] {
    for (const auto& event : host_.remaining_events(observer_)) {
      if (const auto* accepted = std::get_if<ipc::Accepted>(&event)) {
        if (accepted->id == command_.id) on_accepted();
      } else if (const auto* running = std::get_if<ipc::Running>(&event)) {
        if (running->id == command_.id) on_running(*running);
      } else if (const auto* last = std::get_if<ipc::Finished>(&event)) {
        if (last->id == command_.id) finished = *last;
      }
    }
  };
  hear_last_words();
  host_.kill();
  hear_last_words();  // it may have accepted the command in that very moment
  const ipc::ExitStatus status = host_.kill();
  host_.relay_output(observer_);
  if (ending.empty()) ending = fmt::format("{} {}", status.describe(), when());
  death_ = host_.death_error(errc::backend_gone, status, ending);
  if (finished && finished->undelivered) return judge(*finished->undelivered);
  // A whole result counts, even if there was no time left to tell of it.
  auto outcome = ipc::read_result_file(command_.result);
  if (outcome) {
    accepted_ = true;
    return judge(std::move(outcome));
  }
  return judge(std::unexpected(*death_));
}

HookReport HookRun::broken(errc code, const std::string& ending) {
  put_back_limits();
  const ipc::ExitStatus status = host_.kill();
  host_.relay_output(observer_);
  death_ = host_.death_error(code, status, ending);
  return judge(std::unexpected(*death_));
}

HookReport HookRun::judge(Result<Outcome> outcome) {
  if (robbed_) observer_.notice(robbed_->message);  // there is worse
  HookReport report{.outcome = std::move(outcome),
                    .begun = accepted_ || host_.relayed() != relayed_before_,
                    .death = std::move(death_)};
  HookFailure* failure = report.outcome ? std::get_if<HookFailure>(&*report.outcome) : nullptr;
  if (failure != nullptr && failure->stderr_tail.empty()) {
    failure->stderr_tail = host_.stderr_tail();
  }
  if (cancellation_.requested()) {
    std::optional<HookFailure> raised;
    if (failure != nullptr) {
      raised = std::move(*failure);
    } else if (!report.outcome && report.outcome.error().hook_failure) {
      raised = *report.outcome.error().hook_failure;
    }
    report.outcome = std::unexpected(cancelled(std::move(raised)));
  } else if (stopped_as_quiet_ &&
             (!report.outcome || (failure != nullptr && !failure->cancelled.empty()))) {
    Error error{.code = errc::timed_out,
                .message = fmt::format("{} was stopped: it printed nothing for {:g} s",
                                       command_.cmd,
                                       seconds(*idle_timeout_))};
    error.hook_failure = failure == nullptr ? report.outcome.error().hook_failure
                                            : std::make_shared<const HookFailure>(*failure);
    report.outcome = std::unexpected(std::move(error));
  } else if (failure != nullptr && failure->timed_out) {
    Error error{.code = errc::timed_out, .message = failure->exc_msg};
    error.hook_failure = std::make_shared<const HookFailure>(std::move(*failure));
    report.outcome = std::unexpected(std::move(error));
  }
  return report;
}

Error HookRun::cancelled(std::optional<HookFailure> failure) const {
  Error error = cancellation_.error(fmt::format("running {}", command_.cmd));
  if (failure && failure->cancelled.empty()) failure->cancelled = cancellation_.reason();
  if (failure) error.hook_failure = std::make_shared<const HookFailure>(*std::move(failure));
  return error;
}

}  // namespace axle::frontend
