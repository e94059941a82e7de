// How often a backend may die before axle stops trusting it: what keeps a crash loop from becoming
// a busy loop, and tells it in the end.
#pragma once

#include "ipc/event_loop.hpp"

#include <chrono>
#include <cstddef>
#include <deque>

namespace axle::frontend {

/// Counts the deaths of one kind of backend within a window of time. Pure: the caller brings the
/// time. Not thread-safe.
class DeathBudget {
 public:
  struct Limits {
    /// With so many deaths in `window`, no backend of the kind is used twice any more; with twice
    /// as many, none is started.
    std::size_t deaths = 5;
    std::chrono::milliseconds window{180'000};
    /// The second start after a death waits so long from that, the third twice as long, and so on
    /// up to four times.
    std::chrono::milliseconds pause{1'000};
  };
  enum class Verdict { reuse, use_once, refuse };

  explicit DeathBudget(Limits limits) : limits_(limits) {}

  void record(ipc::Clock::time_point death);
  [[nodiscard]] Verdict verdict(ipc::Clock::time_point now);
  /// Not before this should another be started.
  [[nodiscard]] ipc::Clock::time_point next_start(ipc::Clock::time_point now);

 private:
  void forget_before(ipc::Clock::time_point now);

  Limits limits_;
  std::deque<ipc::Clock::time_point> deaths_;  // the latest last
};

}  // namespace axle::frontend
