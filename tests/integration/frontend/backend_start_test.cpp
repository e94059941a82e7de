// How a backend comes to life, and all the ways in which it does not.
#include "tests/integration/frontend/stage.hpp"

using namespace axle;
using namespace axle::test;
using namespace std::chrono_literals;
using frontend::Activity;

TEST_SUITE_BEGIN("frontend::BackendProcess start");

TEST_CASE("BackendProcess is started when the build backend is imported") {
  Stage stage;
  auto spec = stage.fake("well");
  spec.project = "./project";
  auto backend = stage.start(spec, patient());
  REQUIRE(backend);
  CHECK(backend->alive());
  CHECK(backend->started().pid > 1);
  CHECK(backend->has_hook("build_wheel"));
  CHECK(!backend->has_hook("build_editable"));
  CHECK(!backend->death());
  REQUIRE(stage.observer.ended.size() == 1);
  CHECK(stage.observer.ended[0].activity.kind == Activity::Kind::start_backend);
  CHECK(stage.observer.ended[0].activity.what == "well");
  CHECK(stage.observer.ended[0].activity.project == "./project");
  CHECK(stage.observer.ended[0].succeeded);
}

TEST_CASE("R1.6 BackendProcess tells an import that fails by what was raised") {
  Stage stage;
  const auto backend = stage.start(stage.fake("fails"));
  REQUIRE(!backend);
  CHECK(backend.error().code == errc::backend_unavailable);
  CHECK(backend.error().message ==
        "the build backend 'fails' cannot be imported: ModuleNotFoundError: No module named "
        "'nothing'");
  CHECK(contains(backend.error().hint, "[build-system] requires"));
  REQUIRE(backend.error().hook_failure);
  CHECK(backend.error().hook_failure->exc_type == "ModuleNotFoundError");
  REQUIRE(stage.observer.ended.size() == 1);
  CHECK(!stage.observer.ended[0].succeeded);
}

TEST_CASE("E5 BackendProcess tells a missing interpreter from a missing module") {
  Stage stage;
  const auto backend = stage.start(stage.fake("has_no_interpreter"));
  REQUIRE(!backend);
  CHECK(backend.error().code == errc::environment_failed);
  CHECK(backend.error().message == "there is no python");
}

TEST_CASE("E5 BackendProcess names the program that cannot be executed") {
  Stage stage;
  auto spec = stage.fake("well");
  spec.backend_program = stage.dir.write("broken", "no program at all");
  const auto backend = stage.start(spec);
  REQUIRE(!backend);
  CHECK(backend.error().code == errc::environment_failed);
  CHECK(contains(backend.error().message, spec.backend_program.string()));
}

TEST_CASE("I6 BackendProcess names the source tree that is gone") {
  Stage stage;
  auto spec = stage.fake("well");
  spec.source_tree = stage.dir / "nowhere";
  const auto backend = stage.start(spec);
  REQUIRE(!backend);
  CHECK(backend.error().code == errc::invalid_project);
  CHECK(contains(backend.error().message, "nowhere"));
}

TEST_CASE("E4 BackendProcess tells how a child ended that dies at its start") {
  Stage stage;
  const auto backend = stage.start(stage.fake("dies"));
  REQUIRE(!backend);
  CHECK(backend.error().code == std::errc::broken_pipe);
  CHECK(contains(backend.error().message, "exited with code 3 before it had imported 'dies'"));
  REQUIRE(backend.error().hook_failure);
  CHECK(backend.error().hook_failure->code == 3);
  CHECK(backend.error().hook_failure->stderr_tail == "cannot go on\n");
}

TEST_CASE("C7 BackendProcess gives up an import that hangs") {
  Stage stage;
  // The stand-in is up and has said so before its time is over, if the machine is not asleep.
  const Stopwatch watch;
  const auto backend = stage.start(stage.fake("never"), {.start = 1s});
  REQUIRE(!backend);
  CHECK(backend.error().code == errc::timed_out);
  CHECK(contains(backend.error().message, "did not import 'never' within 1 s"));
  CHECK(watch.elapsed() >= 1s);
  CHECK(watch.elapsed() < 20s);
}

TEST_CASE("E7 BackendProcess kills a child that speaks a later protocol") {
  Stage stage;
  const auto backend = stage.start(stage.fake("of_the_future"));
  REQUIRE(!backend);
  CHECK(backend.error().code == errc::protocol_error);
  CHECK(contains(backend.error().message, "version 2"));
}

TEST_CASE("E7 BackendProcess kills a child that tells garbage") {
  Stage stage;
  const auto backend = stage.start(stage.fake("tells_garbage"));
  REQUIRE(!backend);
  CHECK(backend.error().code == errc::protocol_error);
  CHECK(contains(backend.error().message, "GET / HTTP/1.0"));
}

TEST_CASE("R4.1 BackendProcess counts a child that closes its channel as gone") {
  Stage stage;
  const Stopwatch watch;
  const auto backend = stage.start(stage.fake("closes_control"));
  REQUIRE(!backend);
  CHECK(backend.error().code == errc::backend_gone);
  CHECK(contains(backend.error().message, "closed its channels"));
  CHECK(watch.elapsed() < 20s);
}

TEST_CASE("L2 BackendProcess is stopped while it starts") {
  Stage stage;
  stage.observer.on_output = [&] { stage.cancellation.request(SIGTERM); };
  SUBCASE("by a child that leaves when it is told to") {
    const auto backend = stage.start(stage.fake("never"));
    REQUIRE(!backend);
    CHECK(backend.error().code == errc::cancelled);
    CHECK(backend.error().signal == SIGTERM);
    CHECK(contains(backend.error().message, "SIGTERM"));
  }
  SUBCASE("by a child that does not") {
    auto bounds = patient();
    bounds.leave = 100ms;
    const auto backend = stage.start(stage.fake("never_and_ignores_sigterm"), bounds);
    REQUIRE(!backend);
    CHECK(backend.error().code == errc::cancelled);
  }
}

TEST_CASE("L2 BackendProcess starts nothing once a stop is requested") {
  Stage stage;
  stage.cancellation.request(SIGINT);
  const auto backend = stage.start(stage.fake("well"));
  REQUIRE(!backend);
  CHECK(backend.error().code == errc::cancelled);
  CHECK(stage.observer.begun.empty());
}

TEST_SUITE_END();
