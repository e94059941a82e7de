#include "ipc/clock.hpp"

#include <mutex>
#include <optional>

namespace axle::ipc {
namespace {

// One lock around all of it: who reads the time while the program is being stopped gets that of
// before, however late it runs on.
constinit std::mutex mutex;
constinit Clock::duration frozen_for{0};
constinit std::optional<Clock::system::time_point> frozen_since;

}  // namespace

Clock::time_point Clock::now() noexcept {
  const std::scoped_lock lock(mutex);
  return frozen_since.value_or(system::now()) - frozen_for;
}

void Clock::freeze() noexcept {
  const std::scoped_lock lock(mutex);
  if (!frozen_since) frozen_since = system::now();
}

void Clock::thaw() noexcept {
  const std::scoped_lock lock(mutex);
  if (frozen_since) frozen_for += system::now() - *frozen_since;
  frozen_since.reset();
}

Clock::system::time_point Clock::on_system(time_point time) noexcept {
  const std::scoped_lock lock(mutex);
  return time > time_point::max() - frozen_for ? time_point::max() : time + frozen_for;
}

}  // namespace axle::ipc
