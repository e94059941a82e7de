// Waiting for one thing without losing the others: what the host's straight-line code stands on.
#pragma once

#include "ipc/event_loop.hpp"

#include <deque>
#include <functional>
#include <initializer_list>

namespace axle::backend {

/// Hands out the events of one EventLoop. `wait_for` takes only those of some sources and keeps
/// the rest for later, in order; what is urgent ends every such wait.
class EventPump {
 public:
  explicit EventPump(ipc::EventLoop& loop) : loop_(loop) {}

  [[nodiscard]] ipc::EventLoop& loop() noexcept { return loop_; }

  /// `urgent` says of an event that whatever is under way must be given up.
  void set_urgent(std::function<bool(const ipc::Event&)> urgent) { urgent_ = std::move(urgent); }
  [[nodiscard]] bool interrupted() const noexcept { return interrupted_; }

  /// Every event passes here first when it arrives; true: it is dealt with, and goes no further.
  void set_filter(std::function<bool(const ipc::Event&)> filter) { filter_ = std::move(filter); }

  /// The next event, kept ones first.
  ipc::Event next(ipc::Deadline deadline);

  /// The next event of one of `sources`, or `Kind::deadline`. Fails with `errc::cancelled` once
  /// something urgent has happened; that event is kept for `next`.
  Result<ipc::Event> wait_for(std::initializer_list<ipc::SourceId> sources, ipc::Deadline deadline);

  /// Waits until `done` holds, which what the filter takes may bring about; keeps all else for
  /// later. Gives up once something urgent has happened.
  void wait_until(const std::function<bool()>& done);

  /// Drops the kept events of a source and removes it from the loop.
  void forget(ipc::SourceId source);

 private:
  bool pull(ipc::Deadline deadline);  // one event from the loop, to the filter or into kept_

  ipc::EventLoop& loop_;
  std::function<bool(const ipc::Event&)> urgent_;
  std::function<bool(const ipc::Event&)> filter_;
  std::deque<ipc::Event> kept_;
  bool interrupted_ = false;
};

}  // namespace axle::backend
