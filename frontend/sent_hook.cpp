#include "frontend/sent_hook.hpp"

#include "frontend/backend_child.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <exception>
#include <string>
#include <utility>

namespace axle::frontend {

SentHook::SentHook(std::shared_ptr<BackendChild> child,
                   HookCall call,
                   Observer& observer,
                   const Cancellation& cancellation)
    : child_(std::move(child)),
      call_(std::move(call)),
      observer_(&observer),
      cancellation_(&cancellation) {
  begin();
}

SentHook::SentHook(SentHook&& other) noexcept
    : child_(std::move(other.child_)),
      call_(std::move(other.call_)),
      observer_(other.observer_),
      cancellation_(other.cancellation_),
      run_(std::move(other.run_)),
      first_(std::move(other.first_)),
      delivered_(other.delivered_),
      accepted_(other.accepted_),
      settled_(std::exchange(other.settled_, true)),
      outcome_(std::exchange(other.outcome_, std::nullopt)) {}

SentHook::~SentHook() {
  if (!child_) return;
  run_.reset();
  if (!outcome_) child_->stop();
  if (std::uncaught_exceptions() > 0) return;
  try {
    std::string what = "nobody asked";
    if (outcome_) what = *outcome_ ? "the hook ended" : outcome_->error().message;
    observer_->notice(
        fmt::format("error: the outcome of {} was dropped unread: {}", call_.hook, what));
  } catch (...) {  // there is nobody left to tell
  }
#ifdef AXLE_STRICT
  std::abort();
#endif
}

void SentHook::begin() {
  auto run = child_->begin(call_, *observer_, *cancellation_);
  if (run) {
    run_ = *std::move(run);
    step(ipc::Clock::now());
  } else {
    settle({.outcome = std::unexpected(std::move(run).error())});
  }
}

void SentHook::step(ipc::Deadline deadline) {
  if (!run_) return;
  run_->step(deadline);
  delivered_ = delivered_ || run_->delivered();
  accepted_ = accepted_ || run_->accepted();
  if (!run_->report()) return;
  HookReport report = *std::move(run_->report());
  run_.reset();
  if (report.death) child_->bury(*std::move(report.death));
  settle(std::move(report));
}

void SentHook::settle(HookReport report) {
  if (!report.outcome && !report.begun && report.outcome.error().code == errc::backend_gone &&
      !first_ && !child_->stopped()) {
    // No hook has begun, so nothing can happen twice.
    first_ = std::move(report.outcome).error();
    observer_->notice(first_->message + "; another one is started");
    auto launched = child_->launch(*observer_, *cancellation_);
    if (launched) return begin();
    report.outcome = std::unexpected(std::move(launched).error());
  }
  if (!report.outcome && first_) report.outcome.error().others.push_back(*std::move(first_));
  using Answered = BackendChild::Answered;
  child_->release(report.outcome ? Answered::yes : Answered::no);
  settled_ = true;
  outcome_ = std::move(report.outcome);
}

SentHook::Answer SentHook::delivered(ipc::Deadline deadline) {
  while (!delivered_ && !accepted_ && !settled_) {
    if (ipc::Clock::now() >= deadline) return Answer::not_yet;
    step(deadline);
  }
  return delivered_ || accepted_ ? Answer::yes : Answer::no;
}

SentHook::Answer SentHook::accepted(ipc::Deadline deadline) {
  while (!accepted_ && !settled_) {
    if (ipc::Clock::now() >= deadline) return Answer::not_yet;
    step(deadline);
  }
  return accepted_ ? Answer::yes : Answer::no;
}

bool SentHook::finished(ipc::Deadline deadline) {
  while (!settled_) {
    step(deadline);
    if (ipc::Clock::now() >= deadline) break;
  }
  return settled_;
}

Result<ipc::Outcome> SentHook::outcome() {
  if (!child_) {
    return fail(errc::invalid_state, fmt::format("the outcome of {} was read already", call_.hook));
  }
  finished(ipc::no_deadline);
  child_.reset();
  return *std::exchange(outcome_, std::nullopt);
}

}  // namespace axle::frontend
