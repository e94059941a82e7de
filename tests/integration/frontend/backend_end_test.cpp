// How a hook is stopped from outside, and how a backend leaves.
#include "tests/integration/frontend/stage.hpp"

#include <optional>
#include <thread>
#include <utility>

using namespace axle;
using namespace axle::test;
using namespace std::chrono_literals;
using frontend::BackendProcess;

TEST_SUITE_BEGIN("frontend::BackendProcess end");

TEST_CASE("R2.3 BackendProcess stops a hook with grace and tells what it had raised") {
  Stage stage;
  auto backend = stage.must_start("stops_when_told");
  stage.observer.on_output = [&] { stage.cancellation.request(SIGINT); };
  const auto outcome = stage.call(backend);
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::cancelled);
  CHECK(outcome.error().signal == SIGINT);
  CHECK(outcome.error().message == "stopped by SIGINT while running build_wheel");
  REQUIRE(outcome.error().hook_failure);
  CHECK(outcome.error().hook_failure->cancelled == "SIGINT");
  REQUIRE(outcome.error().hook_failure->causes.size() == 1);
  CHECK(outcome.error().hook_failure->causes[0].exc_type == "OSError");
  CHECK(backend.alive());
}

TEST_CASE("L3 BackendProcess kills at once when it is asked to stop a second time") {
  Stage stage;
  auto backend = stage.must_start("beats");  // with ten seconds of grace, which it would use
  std::optional<Result<ipc::Outcome>> outcome;
  const Stopwatch watch;
  SUBCASE("in one breath") {
    stage.observer.on_output = [&] {
      stage.cancellation.request(SIGINT);
      stage.cancellation.request(SIGTERM);
    };
    outcome = stage.call(backend);
  }
  SUBCASE("later") {
    std::jthread impatient;
    stage.observer.on_output = [&] {
      stage.cancellation.request(SIGINT);
      impatient = std::jthread([&] { stage.cancellation.request(SIGTERM); });
    };
    outcome = stage.call(backend);
  }
  REQUIRE(outcome);
  REQUIRE(!*outcome);
  CHECK(outcome->error().code == errc::cancelled);
  CHECK(outcome->error().signal == SIGINT);
  CHECK(watch.elapsed() < 10s);
  CHECK(!backend.alive());
}

TEST_CASE("C3 BackendProcess kills a child that does not stop its hook in time") {
  Stage stage;
  auto bounds = patient();
  bounds.grace = 50ms;
  auto backend = stage.must_start("beats", bounds);
  stage.observer.on_output = [&] { stage.cancellation.request(); };
  const Stopwatch watch;
  const auto outcome = stage.call(backend);
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::cancelled);
  CHECK(outcome.error().signal == 0);
  CHECK(watch.elapsed() >= 1100ms);
  CHECK(watch.elapsed() < 30s);
  CHECK(!backend.alive());
  REQUIRE(!stage.call(backend));
}

TEST_CASE("L8 BackendProcess calls no hook once a stop is requested") {
  Stage stage;
  auto backend = stage.must_start("dies_before_accept");
  stage.cancellation.request(SIGHUP);
  const auto outcome = stage.call(backend);
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::cancelled);
  CHECK(outcome.error().signal == SIGHUP);
  CHECK(backend.alive());
  const auto status = backend.stop();
  REQUIRE(status);
  CHECK(status->success());  // a command would have been the end of it
}

TEST_CASE("R4.4 BackendProcess stops a child that leaves by itself") {
  Stage stage;
  auto backend = stage.must_start("well");
  const auto status = backend.stop();
  REQUIRE(status);
  CHECK(status->success());
  CHECK(!backend.alive());
  CHECK(!backend.stop());

  const auto outcome = stage.call(backend);
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::invalid_state);
  CHECK(stage.observer.notices.empty());
}

TEST_CASE("R4.4 BackendProcess has nothing to stop where the child is gone") {
  Stage stage;
  auto backend = stage.must_start("well");
  kill(backend.started().pid, SIGKILL);
  await_end(backend.started().pid);
  CHECK(!backend.stop());
  CHECK(stage.observer.notices.empty());
}

TEST_CASE("C3 BackendProcess kills a child that does not leave") {
  Stage stage;
  auto bounds = patient();
  bounds.leave = 100ms;
  auto backend = stage.must_start("never_leaves", bounds);
  const pid_t pid = backend.started().pid;
  const Stopwatch watch;
  std::optional<ipc::ExitStatus> status;
  SUBCASE("though it was asked") {
    status = backend.stop();
    REQUIRE(status);
    CHECK(status->signal == SIGKILL);
  }
  SUBCASE("and so does the end of its scope") {
    const BackendProcess moved = std::move(backend);
  }
  CHECK(watch.elapsed() >= 200ms);
  CHECK(watch.elapsed() < 20s);
  CHECK(!is_running(pid));
}

TEST_CASE("B5 BackendProcess stops a child that is itself stopped") {
  Stage stage;
  auto bounds = patient();
  bounds.leave = 100ms;
  auto backend = stage.must_start("well", bounds);
  kill(backend.started().pid, SIGSTOP);
  const auto status = backend.stop();
  REQUIRE(status);
  CHECK(status->signal == SIGKILL);
}

TEST_CASE("BackendProcess ends its child when another is assigned to it") {
  Stage stage;
  auto backend = stage.must_start("well");
  const pid_t first = backend.started().pid;
  backend = stage.must_start("well");
  CHECK(!is_running(first));
  CHECK(contains(returned(stage.call(backend)), "build_wheel"));
}

TEST_SUITE_END();
