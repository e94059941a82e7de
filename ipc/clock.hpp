// The clock of every deadline: it stands still while the program is suspended (Ctrl-Z at a
// terminal), so that nothing is late afterwards.
#pragma once

#include <chrono>

namespace axle::ipc {

/// A std::chrono clock: the system's steady clock, less the time for which it was frozen. Any
/// thread may ask it; a forked child must not.
struct Clock {
  using system = std::chrono::steady_clock;
  using duration = system::duration;
  using rep = system::rep;
  using period = system::period;
  using time_point = system::time_point;
  static constexpr bool is_steady = true;

  static time_point now() noexcept;

  /// Stops the clock, until `thaw`. Frozen already: nothing changes, nor by `thaw` where it runs.
  static void freeze() noexcept;
  static void thaw() noexcept;

  /// When the system's clock will show `time` of this one, if it is not frozen before that.
  static system::time_point on_system(time_point time) noexcept;
};

}  // namespace axle::ipc
