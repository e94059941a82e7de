#include "frontend/batch.hpp"

#include <doctest/doctest.h>

#include <poll.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <barrier>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>

using namespace axle;
using namespace axle::frontend;
using namespace std::chrono_literals;
using Kind = BatchOutcome::Kind;

TEST_SUITE_BEGIN("frontend::Batch");

namespace {

constexpr int patience_ms = 30'000;

Built failed(errc code, const char* message = "failed") {
  return {.error = Error{.code = code, .message = message}};
}

// Waits until the job is to stop; true if it is.
bool told_to_stop(const Cancellation& cancellation) {
  pollfd stop{.fd = cancellation.fd(), .events = POLLIN, .revents = 0};
  return ::poll(&stop, 1, patience_ms) == 1;
}

Built stopped(const Cancellation& cancellation) {
  if (!told_to_stop(cancellation)) return failed(errc::timed_out);
  return {.error = cancellation.error("waiting")};
}

}  // namespace

TEST_CASE("Batch tells of each job that was begun when its build has ended, whatever came of it") {
  for (const std::size_t at_once : {1u, 2u}) {
    std::array<std::atomic<int>, 3> ended{};
    std::vector<BatchJob> jobs;
    for (std::size_t i = 0; i < ended.size(); ++i) {
      jobs.push_back({.name = "job",
                      .build = [&, i](const Cancellation&) -> Built {
                        CHECK(ended[i] == 0);
                        if (i == 1) throw std::runtime_error("oops");
                        return {};
                      },
                      .ended = [&, i] { ++ended[i]; }});
    }
    const Cancellation never;
    run_batch(jobs, {.at_once = at_once}, never);
    for (const auto& times : ended) CHECK(times == 1);
  }
}

TEST_CASE("Batch gives an outcome to each of 100 jobs, in order, however 37 of them fail (K1)") {
  for (const std::size_t at_once : {1u, 8u, 200u}) {
    std::vector<BatchJob> jobs;
    std::atomic<int> running = 0;
    std::atomic<int> most = 0;
    for (int i = 0; i < 100; ++i) {
      jobs.push_back({"job " + std::to_string(i), [&, i](const Cancellation&) -> Built {
                        const int now = ++running;
                        for (int seen = most;
                             seen < now && !most.compare_exchange_weak(seen, now););
                        struct Leave {
                          std::atomic<int>& count;
                          ~Leave() { --count; }
                        } const leave{running};
                        if (i >= 37) {
                          Artifact artifact;
                          artifact.name = std::to_string(i);
                          return {.artifacts = {artifact}};
                        }
                        switch (i % 6) {
                          case 0: return failed(errc::hook_failed);
                          case 1: throw std::runtime_error("oops");
                          case 2: throw std::bad_alloc();
                          case 3: throw 42;
                          case 4: return failed(errc::backend_gone);
                          default: return failed(errc::timed_out);
                        }
                      }});
    }
    const Cancellation never;
    const auto outcomes = run_batch(jobs, {.at_once = at_once}, never);
    REQUIRE(outcomes.size() == 100);
    CHECK(most <= static_cast<int>(at_once));
    CHECK(running == 0);
    const errc expected[] = {errc::hook_failed,
                             errc::internal,
                             errc::internal,
                             errc::internal,
                             errc::backend_gone,
                             errc::timed_out};
    for (std::size_t i = 0; i < 100; ++i) {
      if (i >= 37) {
        REQUIRE(outcomes[i].kind == Kind::built);
        CHECK(outcomes[i].built.artifacts.at(0).name == std::to_string(i));
        continue;
      }
      REQUIRE(outcomes[i].kind == Kind::failed);
      CHECK(outcomes[i].built.error->code == expected[i % 6]);
    }
    CHECK(outcomes[1].built.error->message.contains("oops"));
    CHECK(failures_in_order(outcomes).size() == 37);
  }
}

TEST_CASE("Batch of no jobs has no outcomes") {
  const Cancellation never;
  CHECK(run_batch({}, {.at_once = 4}, never).empty());
}

TEST_CASE("Batch that is to stop cancels the others, who tell why, and begins none (K6)") {
  std::barrier begun(3);
  const BatchJob waits{"other", [&](const Cancellation& cancellation) {
                         begun.arrive_and_wait();
                         return stopped(cancellation);
                       }};
  const BatchJob fails{"bad", [&](const Cancellation&) {
                         begun.arrive_and_wait();
                         return failed(errc::hook_failed);
                       }};
  const BatchJob late{"late", [](const Cancellation&) { return Built{}; }};
  const std::vector<BatchJob> jobs{waits, fails, waits, late};
  const Cancellation never;
  const auto outcomes =
      run_batch(jobs, {.at_once = 3, .after_failure = AfterFailure::stop_others}, never);
  REQUIRE(outcomes.size() == 4);
  CHECK(outcomes[1].kind == Kind::failed);
  for (const std::size_t other : {0u, 2u}) {
    CHECK(outcomes[other].kind == Kind::cancelled);
    CHECK(outcomes[other].built.error->message.contains("another build failed: bad"));
  }
  CHECK(outcomes[3].kind == Kind::not_begun);
  CHECK(outcomes[3].built.error->message == "not begun: another build failed: bad");
  CHECK(outcomes[3].built.error->code == errc::cancelled);
  const auto order = failures_in_order(outcomes);
  REQUIRE(order.size() == 4);
  CHECK(order.front() == 1);
  CHECK(order.back() == 3);
  const auto alone = run_batch(std::span(jobs).last(1), {}, never);
  CHECK(alone.at(0).kind == Kind::built);
}

TEST_CASE("Batch gives the others their grace to tell errors of their own") {
  std::barrier begun(3);
  std::atomic<bool> first_failed = false;
  const std::vector<BatchJob> jobs{
      {"slow",
       [&](const Cancellation& cancellation) {
         begun.arrive_and_wait();
         first_failed.wait(false);
         pollfd stop{.fd = cancellation.fd(), .events = POLLIN, .revents = 0};
         CHECK(::poll(&stop, 1, 50) == 0);
         return failed(errc::bad_artifact);
       }},
      {"bad",
       [&](const Cancellation&) {
         begun.arrive_and_wait();
         first_failed = true;
         first_failed.notify_all();
         return failed(errc::hook_failed);
       }},
      {"endless",
       [&](const Cancellation& cancellation) {
         begun.arrive_and_wait();
         return stopped(cancellation);
       }},
  };
  const Cancellation never;
  const auto begin = std::chrono::steady_clock::now();
  const auto outcomes = run_batch(
      jobs, {.at_once = 3, .after_failure = AfterFailure::stop_others, .grace = 500ms}, never);
  CHECK(std::chrono::steady_clock::now() - begin >= 500ms);
  CHECK(outcomes.at(0).built.error->code == errc::bad_artifact);
  CHECK(outcomes.at(2).kind == Kind::cancelled);
}

TEST_CASE("Batch passes each request of its cancellation on to every job (L2, L3)") {
  Cancellation outer;
  std::barrier begun(3);  // two jobs, and Ctrl-C
  const BatchJob waits{"a", [&](const Cancellation& cancellation) {
                         begun.arrive_and_wait();
                         Built built = stopped(cancellation);
                         if (outer.times_requested() < 2) outer.request(SIGTERM);
                         while (cancellation.times_requested() < 2) std::this_thread::yield();
                         CHECK(cancellation.signal() == SIGINT);
                         return built;
                       }};
  const std::vector<BatchJob> jobs{waits, waits, waits};
  std::thread ctrl_c([&] {
    begun.arrive_and_wait();  // before, a job may not begin at all
    outer.request(SIGINT);
  });
  const auto outcomes = run_batch(jobs, {.at_once = 2}, outer);
  ctrl_c.join();
  CHECK(outcomes.at(0).kind == Kind::cancelled);
  CHECK(outcomes.at(1).built.error->signal == SIGINT);
  CHECK(outcomes.at(2).kind == Kind::not_begun);
  CHECK(outcomes.at(2).built.error->message == "not begun: stopped by SIGINT");
  CHECK(exit_code(*outcomes.at(2).built.error) == 130);
}

TEST_CASE("Batch that was stopped before it began begins nothing") {
  Cancellation stop;
  stop.request("nobody reads");
  const std::vector<BatchJob> jobs(3, {"a", [](const Cancellation&) { return Built{}; }});
  for (const std::size_t at_once : {1u, 2u}) {
    for (const auto& outcome : run_batch(jobs, {.at_once = at_once}, stop)) {
      CHECK(outcome.kind == Kind::not_begun);
      CHECK(outcome.built.error->message == "not begun: nobody reads");
    }
  }
}

TEST_CASE("Of several failures the earliest is to blame, and vanished peers and stops come last") {
  const auto now = std::chrono::steady_clock::now();
  const auto outcome = [&](Kind kind, errc code, std::chrono::milliseconds after) {
    BatchOutcome made{.kind = kind, .built = {}};
    made.built.error = Error{.code = code, .message = ""};
    made.built.ended = now + after;
    return made;
  };
  const std::vector<BatchOutcome> outcomes{
      outcome(Kind::cancelled, errc::cancelled, 0ms),
      outcome(Kind::failed, errc::backend_gone, 1ms),
      outcome(Kind::failed, errc::timed_out, 9ms),
      BatchOutcome{.kind = Kind::built, .built = {}},
      outcome(Kind::failed, errc::hook_failed, 5ms),
      outcome(Kind::not_begun, errc::cancelled, 0ms),
  };
  CHECK(failures_in_order(outcomes) == std::vector<std::size_t>{4, 2, 1, 0, 5});
}

TEST_SUITE_END();
