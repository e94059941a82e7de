// A hook call on its way: what is known of it by now, and its outcome, which must be read.
//
//   TRY(auto sent, backend.send(call, observer, cancellation));
//   if (sent.accepted(ipc::deadline_in(2s)) == SentHook::Answer::yes) ...
//   TRY(auto outcome, sent.outcome());
#pragma once

#include "frontend/cancellation.hpp"
#include "frontend/hook_call.hpp"
#include "frontend/hook_run.hpp"
#include "frontend/observer.hpp"
#include "ipc/error.hpp"
#include "ipc/event_loop.hpp"
#include "ipc/outcome.hpp"

#include <memory>
#include <optional>

namespace axle::frontend {

class BackendChild;

/// Each question is answered once for all: by what the backend tells, or by its end. Nothing
/// happens between the calls: the backend's events wait, and so does its output.
///
/// An outcome that is never read is a bug of the caller, for an error could be in it: the
/// destructor then kills the hook if that still runs, tells the observer, and ends the program if
/// axle was built with AXLE_STRICT. Used by the thread that owns the BackendProcess.
class SentHook {
 public:
  enum class Answer { yes, no, not_yet };

  SentHook(SentHook&& other) noexcept;
  SentHook& operator=(SentHook&&) = delete;
  ~SentHook();

  /// Whether the command was written to the backend, whole. Says nothing of what the backend does:
  /// one that is dying takes writes too.
  Answer delivered(ipc::Deadline deadline);
  /// Whether the backend has told that it took the command. From then on the hook may have run, and
  /// nobody sends it again.
  Answer accepted(ipc::Deadline deadline);
  /// Whether the outcome is there. Where a new backend is started for a command that was never
  /// accepted, this may take longer than until `deadline`, by the bound of a start.
  bool finished(ipc::Deadline deadline);

  /// Waits for the outcome, relaying what the hook prints, and gives it away. Fails as
  /// BackendProcess::call does; a second time with `errc::invalid_state`.
  Result<ipc::Outcome> outcome();

 private:
  friend class BackendProcess;
  SentHook(std::shared_ptr<BackendChild> child,
           HookCall call,
           Observer& observer,
           const Cancellation& cancellation);
  void begin();
  void step(ipc::Deadline deadline);
  void settle(HookReport report);

  std::shared_ptr<BackendChild> child_;  // none once the outcome was read, or moved away
  HookCall call_;
  Observer* observer_;
  const Cancellation* cancellation_;
  std::unique_ptr<HookRun> run_;
  std::optional<Error> first_;  // how a child ended that never accepted the command
  bool delivered_ = false;
  bool accepted_ = false;
  bool settled_ = false;  // nothing more will be known
  std::optional<Result<ipc::Outcome>> outcome_;
};

}  // namespace axle::frontend
