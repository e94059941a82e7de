#include "frontend/death_budget.hpp"

#include <doctest/doctest.h>

using namespace axle;
using namespace std::chrono_literals;
using frontend::DeathBudget;
using Verdict = frontend::DeathBudget::Verdict;

TEST_SUITE_BEGIN("frontend::DeathBudget");

TEST_CASE("E4 DeathBudget gives up in two steps, and forgives with time") {
  DeathBudget budget({.deaths = 2, .window = 10s, .pause = 1s});
  const ipc::Clock::time_point begin{};
  CHECK(budget.verdict(begin) == Verdict::reuse);
  budget.record(begin);
  CHECK(budget.verdict(begin) == Verdict::reuse);
  budget.record(begin + 1s);
  CHECK(budget.verdict(begin + 1s) == Verdict::use_once);
  budget.record(begin + 2s);
  budget.record(begin + 3s);
  CHECK(budget.verdict(begin + 3s) == Verdict::refuse);
  CHECK(budget.verdict(begin + 10s) == Verdict::refuse);
  CHECK(budget.verdict(begin + 10s + 1ms) == Verdict::use_once);
  CHECK(budget.verdict(begin + 12s + 1ms) == Verdict::reuse);
}

TEST_CASE("E4 DeathBudget makes each start wait longer") {
  DeathBudget budget({.deaths = 9, .window = 60s, .pause = 1s});
  const ipc::Clock::time_point begin{};
  CHECK(budget.next_start(begin) == begin);
  for (const auto wait : {0s, 1s, 2s, 4s, 4s}) {
    budget.record(begin);
    CHECK(budget.next_start(begin) == begin + wait);
  }
}

TEST_SUITE_END();
