#include "frontend/lock_turn.hpp"

#include "frontend/timed_activity.hpp"
#include "ipc/event_loop.hpp"

#include <fmt/format.h>

#include <utility>

namespace axle::frontend {

Result<LockTurn> await_turn(FileLock& lock,
                            const LockWaiter& waiter,
                            Observer& observer,
                            const Cancellation& cancellation) {
  const auto deadline = waiter.bound ? ipc::deadline_in(*waiter.bound) : ipc::no_deadline;
  for (bool told = false; !lock.held();) {
    if (may_be_ancestor(lock.holder())) return LockTurn::never;
    const std::string holder = waiter.named(lock.holder());
    if (!std::exchange(told, true)) observer.notice("waiting for " + holder);
    const Activity waiting{Activity::Kind::wait_for_lock, holder, waiter.project};
    TRY(timed(observer, waiting, [&]() -> Result<> {
      TRY(const auto woken, lock.wait("waiting for " + holder, cancellation, deadline));
      if (woken == FileLock::Woken::by_change || lock.held()) return {};
      return fail(errc::timed_out,
                  fmt::format("waited {:g} s for {}, in vain",
                              std::chrono::duration<double>(*waiter.bound).count(),
                              waiter.named(lock.holder())),
                  "it may be stuck; a longer --timeout waits longer for it");
    }));
  }
  return LockTurn::come;
}

}  // namespace axle::frontend
