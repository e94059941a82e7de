// Hook processes that have told everything, and are alone: the system takes their memory down while
// the next hook runs already.
#pragma once

#include "backend/event_pump.hpp"
#include "backend/hook_runner.hpp"
#include "backend/strays.hpp"
#include "backend/teller.hpp"
#include "ipc/event.hpp"

#include <optional>
#include <string>

namespace axle::backend {

/// Sees off one process at a time, which has been killed, so that it cannot stay. Not thread-safe.
class Farewell {
 public:
  Farewell(EventPump& pump, HookRunner& runner, Strays& strays, Teller& teller)
      : pump_(pump), runner_(runner), strays_(strays), teller_(teller) {}
  Farewell(const Farewell&) = delete;
  Farewell& operator=(const Farewell&) = delete;
  /// Takes over the process of `hook`, which is killed. Settles the one before.
  void to(HookProcess process, const std::string& hook);
  /// Reaps it if `event` is its end or the time that it has for that; nothing otherwise.
  void look_at(const ipc::Event& event);
  /// Waits until it is gone and reaped, which is short; one that hangs in the kernel is told of and
  /// given up after a second. Sweeps away what has come to the host of it.
  void settle();

 private:
  EventPump& pump_;
  HookRunner& runner_;
  Strays& strays_;
  Teller& teller_;
  std::optional<HookProcess> leaving_;
  std::string hook_;
  ipc::SourceId end_ = ipc::SourceId::none;
  ipc::SourceId time_is_up_ = ipc::SourceId::none;
};

}  // namespace axle::backend
