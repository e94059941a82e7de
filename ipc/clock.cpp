#include "ipc/clock.hpp"

#include <atomic>
#include <limits>

namespace axle::ipc {
namespace {

/// How far the clock is behind that of the system while it runs; what it shows while it is frozen.
struct State {
  Clock::duration value;
  bool frozen;
};

// Both in one number: Ctrl-Z can interrupt whoever reads it, and freezes the clock in between.
constinit std::atomic<Clock::rep> state{0};
static_assert(std::atomic<Clock::rep>::is_always_lock_free);
/// While one thread, there is but one, freezes it: who reads it as running has read an earlier
/// time.
constexpr Clock::rep changing = std::numeric_limits<Clock::rep>::min();

Clock::rep settled() noexcept {
  Clock::rep number = state;
  while (number == changing) number = state;
  return number;
}

State decoded(Clock::rep number) noexcept {
  return {.value = Clock::duration(number >> 1), .frozen = (number & 1) != 0};
}

void set(const State& next) noexcept {
  state = next.value.count() * 2 + (next.frozen ? 1 : 0);
}

}  // namespace

Clock::time_point Clock::now() noexcept {
  for (;;) {
    const rep before = settled();
    const auto time = system::now();
    // Who reads the time while the program is being stopped may run on long after it was.
    if (state != before) continue;
    const auto [value, frozen] = decoded(before);
    return frozen ? time_point(value) : time - value;
  }
}

void Clock::freeze() noexcept {
  const auto [value, frozen] = decoded(state);
  if (frozen) return;
  state = changing;
  set({.value = system::now().time_since_epoch() - value, .frozen = true});
}

void Clock::thaw() noexcept {
  const auto [value, frozen] = decoded(state);
  if (frozen) set({.value = system::now().time_since_epoch() - value, .frozen = false});
}

Clock::system::time_point Clock::on_system(time_point time) noexcept {
  const auto [value, frozen] = decoded(settled());
  const duration behind = frozen ? system::now().time_since_epoch() - value : value;
  return time > time_point::max() - behind ? time_point::max() : time + behind;
}

}  // namespace axle::ipc
