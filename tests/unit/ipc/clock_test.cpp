#include "ipc/clock.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>

using axle::ipc::Clock;

TEST_SUITE_BEGIN("ipc::Clock");

namespace {

// Until the clock of the system has gone on by some of its smallest steps.
void let_time_pass() {
  const auto begin = Clock::system::now();
  while (Clock::system::now() < begin + std::chrono::microseconds(50)) {
  }
}

}  // namespace

TEST_CASE("Clock stands still while it is frozen, and goes on from there") {
  const auto running = Clock::now();
  let_time_pass();
  CHECK(Clock::now() > running);

  Clock::freeze();
  const auto frozen = Clock::now();
  const auto since = Clock::system::now();
  let_time_pass();
  Clock::freeze();
  CHECK(Clock::now() == frozen);

  const auto until = Clock::system::now();
  Clock::thaw();
  Clock::thaw();
  const auto shown = Clock::now();
  CHECK(shown >= frozen);
  CHECK(Clock::system::now() - shown >= until - since);
}

TEST_CASE("Clock knows when the system's clock will show a time of its own") {
  using namespace std::chrono_literals;
  const auto before = Clock::system::now();
  const auto in_a_minute = Clock::now() + 1min;
  CHECK(Clock::on_system(in_a_minute) >= before + 1min);
  CHECK(Clock::on_system(in_a_minute) <= Clock::system::now() + 1min);
  Clock::freeze();
  const auto shown = Clock::now();
  let_time_pass();
  const auto now = Clock::system::now();
  CHECK(Clock::on_system(shown + 1min) >= now + 1min);
  Clock::thaw();
  CHECK(Clock::on_system(Clock::time_point::max()) == Clock::time_point::max());
}

TEST_CASE("Clock never goes back, however often another thread stops it") {
  std::atomic<bool> done = false;
  std::thread stopper([&] {
    for (int i = 0; i < 2000; ++i) {
      Clock::freeze();
      Clock::thaw();
    }
    done = true;
  });
  int back = 0;
  auto last = Clock::now();
  while (!done) {
    const auto now = Clock::now();
    if (now < last) ++back;
    last = now;
  }
  stopper.join();
  CHECK(back == 0);
}

TEST_SUITE_END();
