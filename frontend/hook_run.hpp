// One hook call on a running axle-backend, from the command to its outcome, whatever happens.
//
//   sent ──accepted──▶ running ──finished──▶ the outcome
//     │                  │ a stop is requested: `cancel` goes out
//     │                  ▼
//     │               stopping ──finished──▶ errc::cancelled, with what the hook had raised
//     ▼                  ▼
//   any of them: the child closes a channel ──▶ closing, then dead: the outcome if it had told one
//   in its last words, else errc::backend_gone
//
// Each state has a deadline, past which the hook and the child are killed.
#pragma once

#include "frontend/backend_host.hpp"
#include "frontend/backend_spec.hpp"
#include "frontend/cancellation.hpp"
#include "frontend/observer.hpp"
#include "frontend/own_limits.hpp"
#include "ipc/command.hpp"
#include "ipc/error.hpp"
#include "ipc/event.hpp"
#include "ipc/event_loop.hpp"
#include "ipc/outcome.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace axle::frontend {

/// What came of one hook call.
struct HookReport {
  Result<ipc::Outcome> outcome;
  /// False: the hook has not begun. One that has printed something has, whatever was told of it.
  bool begun = false;
  /// How the child ended, if it did; it has been killed and reaped then.
  std::optional<Error> death = std::nullopt;
};

/// Runs once: `begin`, then `step` until there is a report. The references must outlive it.
class HookRun {
 public:
  struct Surroundings {
    BackendHost& host;
    const BackendBounds& bounds;
    Observer& observer;
    const Cancellation& cancellation;
    std::optional<BackendBounds::Span> idle_timeout = std::nullopt;  ///< As in HookCall.
  };

  HookRun(Surroundings surroundings, ipc::Command command);

  /// Sends the command.
  void begin();
  /// Waits for one thing to happen, at most until `deadline`, and deals with it.
  void step(ipc::Deadline deadline);

  /// The command was written to the child, whole. That does not mean that the child has it.
  [[nodiscard]] bool delivered() const noexcept { return delivered_; }
  /// The child has told that it took the command.
  [[nodiscard]] bool accepted() const noexcept { return accepted_; }
  /// What came of it, once that is settled: `outcome` fails as BackendProcess::call does. The
  /// result file is gone then.
  [[nodiscard]] std::optional<HookReport>& report() noexcept { return report_; }

 private:
  enum class State { sent, running, stopping, closing };
  using MaybeReport = std::optional<HookReport>;

  MaybeReport on(const ipc::BackendEvent& event);
  MaybeReport on(const BackendHost::Nonsense& nonsense);
  MaybeReport on(BackendHost::Delivered);
  MaybeReport on(BackendHost::ChannelClosed);
  MaybeReport on(BackendHost::Exited);
  MaybeReport on(BackendHost::StopRequested);
  MaybeReport on(BackendHost::TimeUp);
  void on_accepted();
  void on_running(const ipc::Running& running);
  void allow(BackendBounds::Span before);
  void heard();
  /// When it has to be said, or done, that the hook prints nothing.
  [[nodiscard]] ipc::Deadline quiet_until() const;
  void on_quiet();
  /// Asks the child to stop the hook.
  void stop(std::string reason);
  void settle(HookReport report);

  /// After the hook, which may have lowered ours. Harmless a second time.
  void put_back_limits();
  HookReport finish(const ipc::Finished& finished);
  /// Takes the child's last words, kills it, and gives its outcome or `errc::backend_gone`.
  /// `ending` tells of the child what it did, where that is not how it exited.
  HookReport gone(std::string ending);
  HookReport judge(Result<ipc::Outcome> outcome);
  HookReport broken(errc code, const std::string& ending);
  Error cancelled(std::optional<ipc::HookFailure> failure) const;
  [[nodiscard]] std::string when() const;

  BackendHost& host_;
  const BackendBounds& bounds_;
  Observer& observer_;
  const Cancellation& cancellation_;
  const ipc::Command command_;
  std::optional<OwnLimits> limits_before_ = OwnLimits();  // until they are put back
  std::optional<Error> robbed_;  // where there is no going on without those that were lowered
  State state_ = State::sent;
  bool delivered_ = false;
  bool accepted_ = false;
  bool ran_ = false;
  std::uint64_t relayed_before_ = 0;
  bool silence_told_ = false;
  const std::optional<BackendBounds::Span> idle_timeout_;
  bool quiet_told_ = false;
  bool stopped_as_quiet_ = false;
  ipc::Clock::time_point since_;  // sent, or accepted
  ipc::Clock::time_point heard_;
  ipc::Deadline hook_deadline_ = ipc::no_deadline;
  ipc::Deadline deadline_;  // of the state
  std::optional<Error> death_;
  MaybeReport report_;
};

}  // namespace axle::frontend
