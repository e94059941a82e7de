#include "frontend/death_budget.hpp"

#include <algorithm>

namespace axle::frontend {

void DeathBudget::record(ipc::Clock::time_point death) {
  deaths_.push_back(death);
}

DeathBudget::Verdict DeathBudget::verdict(ipc::Clock::time_point now) {
  forget_before(now);
  if (deaths_.size() >= 2 * limits_.deaths) return Verdict::refuse;
  return deaths_.size() >= limits_.deaths ? Verdict::use_once : Verdict::reuse;
}

ipc::Clock::time_point DeathBudget::next_start(ipc::Clock::time_point now) {
  forget_before(now);
  if (deaths_.size() < 2) return now;
  const auto doublings = std::min<std::size_t>(deaths_.size() - 2, 2);
  return deaths_.back() + limits_.pause * (1 << doublings);
}

void DeathBudget::forget_before(ipc::Clock::time_point now) {
  while (!deaths_.empty() && now - deaths_.front() > limits_.window) deaths_.pop_front();
}

}  // namespace axle::frontend
