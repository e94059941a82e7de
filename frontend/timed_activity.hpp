// Tells an observer that an activity begins, and how it ended.
#pragma once

#include "frontend/observer.hpp"

#include <chrono>
#include <utility>

namespace axle::frontend {

/// Does `work`, which gives a Result, as `activity`: one `started` and one `finished`.
template <class Work>
auto timed(Observer& observer, const Activity& activity, Work&& work) {
  const auto begin = std::chrono::steady_clock::now();
  observer.started(activity);
  auto result = std::forward<Work>(work)();
  const auto elapsed = std::chrono::steady_clock::now() - begin;
  observer.finished(
      activity, result.has_value(), std::chrono::duration_cast<std::chrono::milliseconds>(elapsed));
  return result;
}

}  // namespace axle::frontend
