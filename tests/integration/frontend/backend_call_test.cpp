// One call, and everything that a child can do in its course.
#include "tests/integration/frontend/stage.hpp"

#include <sstream>

using namespace axle;
using namespace axle::test;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("frontend::BackendProcess call");

TEST_CASE("BackendProcess runs hooks one after another in the source tree that each names") {
  Stage stage;
  auto backend = stage.must_start("well");
  const std::string first = returned(backend.call({.hook = "build_wheel",
                                                   .kwargs = {R"({"wheel_directory": "/é\n"})"},
                                                   .source_tree = "/first"},
                                                  stage.observer,
                                                  stage.cancellation));
  CHECK(contains(first, R"("kwargs": {"wheel_directory": "/\u00e9\n"})"));
  CHECK(contains(first, R"("cwd": "/first")"));
  CHECK(contains(returned(stage.call(backend, "build_sdist")), R"("hook": "build_sdist")"));
  CHECK(stage.observer.notices.empty());
}

TEST_CASE("E1 BackendProcess replaces a child that died while it was idle") {
  Stage stage;
  auto backend = stage.must_start("well");
  const pid_t first = backend.started().pid;
  kill(first, SIGKILL);
  await_end(first);
  CHECK(!backend.alive());
  CHECK(contains(returned(stage.call(backend)), "build_wheel"));
  CHECK(backend.started().pid != first);
  REQUIRE(stage.observer.notices.size() == 1);
  CHECK(contains(stage.observer.notices[0], "was killed by SIGKILL before build_wheel was sent"));
}

TEST_CASE("E2 BackendProcess asks a new child once if the first dies before it accepts") {
  Stage stage;
  SUBCASE("and the new one answers") {
    auto backend = stage.must_start("dies_before_accept_once");
    CHECK(contains(returned(stage.call(backend)), "build_wheel"));
    CHECK(backend.alive());
    CHECK(!backend.death());
  }
  SUBCASE("and the new one dies too") {
    auto backend = stage.must_start("dies_before_accept");
    const auto outcome = stage.call(backend);
    REQUIRE(!outcome);
    CHECK(outcome.error().code == errc::backend_gone);
    CHECK(contains(outcome.error().message, "before it accepted build_wheel (sent, "));
    CHECK(outcome.error().others.size() == 1);
  }
  CHECK(stage.observer.begun.size() == 2);
  CHECK(stage.observer.notices.size() == 1);
}

TEST_CASE("E2 BackendProcess asks nobody again once a hook has printed something") {
  Stage stage;
  auto backend = stage.must_start("prints_and_dies_before_accept");
  const auto outcome = stage.call(backend);
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::backend_gone);
  CHECK(stage.observer.out == "running");
  CHECK(stage.observer.begun.size() == 1);
}

TEST_CASE("E2 BackendProcess gives up a child that never accepts") {
  Stage stage;
  auto bounds = patient();
  bounds.accept = 200ms;
  auto backend = stage.must_start("never_accepts", bounds);
  const Stopwatch watch;
  const auto outcome = stage.call(backend);
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::backend_gone);
  CHECK(contains(outcome.error().message, "did not accept build_wheel within 0.2 s"));
  CHECK(watch.elapsed() >= 400ms);
  CHECK(watch.elapsed() < 30s);
  CHECK(!backend.alive());
}

TEST_CASE("BackendProcess waits for a child that imports the build backend again and says so") {
  Stage stage;
  auto bounds = patient();
  bounds.accept = bounds.silence = bounds.stuck = 400ms;  // it takes 500
  auto backend = stage.must_start("accepts_and_imports_again", bounds);
  CHECK(contains(returned(stage.call(backend)), "build_wheel"));
  CHECK(stage.observer.begun.size() == 1);
}

TEST_CASE(
    "E1 R4.3 BackendProcess tells all about a child that was killed in the middle of a hook") {
  Stage stage;
  auto backend = stage.must_start("dies_after_accept");
  const std::string pid = std::to_string(backend.started().pid);
  const auto outcome = stage.call(backend);
  REQUIRE(!outcome);
  CHECK(outcome.error().code == std::errc::broken_pipe);
  CHECK(contains(outcome.error().message,
                 "axle-backend (pid " + pid +
                     ") was killed by SIGKILL while build_wheel was running (accepted, "));
  REQUIRE(outcome.error().hook_failure);
  CHECK(outcome.error().hook_failure->signal == SIGKILL);
  CHECK(outcome.error().hook_failure->code == 137);
  CHECK(outcome.error().hook_failure->stderr_tail == "last words\n");
  CHECK(stage.observer.begun.size() == 1);
  REQUIRE(backend.death());
  CHECK(backend.death()->message == outcome.error().message);

  const auto again = stage.call(backend);
  REQUIRE(!again);
  CHECK(again.error().code == errc::backend_gone);
  CHECK(stage.observer.begun.size() == 1);
}

TEST_CASE("E3 BackendProcess takes no exit code for an answer") {
  Stage stage;
  auto backend = stage.must_start("exits_0");
  const auto outcome = stage.call(backend);
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::backend_gone);
  CHECK(contains(outcome.error().message, "exited with code 0 while build_wheel was running"));
  CHECK(outcome.error().hook_failure->code == 1);
}

TEST_CASE("B7 BackendProcess leaves no hook process running when its child is dead") {
  Stage stage;
  auto backend = stage.must_start("dies_with_a_hook");
  const auto outcome = stage.call(backend);
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::backend_gone);
  std::istringstream numbers(stage.observer.out);
  pid_t hook = 0;
  pid_t child = 0;
  numbers >> hook >> child;
  REQUIRE(child > 1);
  await_end(child);  // killed with the group, a moment after the hook
  CHECK(!is_running(hook));
  CHECK(!is_running(child));
}

TEST_CASE("G3 BackendProcess does not touch a process that is not its child's") {
  Stage stage;
  const auto release = ipc::make_pipe();
  REQUIRE(release);
  auto stranger = ipc::ChildProcess::spawn(
      {.program = "/bin/cat", .stdin_ = ipc::Stdio::fd(release->read_end.number())});
  REQUIRE(stranger);
  stage.environment.push_back("STRANGER=" + std::to_string(stranger->pid()));
  {
    auto backend = stage.must_start("gives_a_strangers_number");
    const auto outcome = stage.call(backend);
    REQUIRE(!outcome);
    CHECK(outcome.error().code == errc::backend_gone);
  }
  CHECK(is_running(stranger->pid()));
  stranger->send_signal(SIGKILL);
  CHECK(stranger->reap().signal == SIGKILL);
}

TEST_CASE("E1 BackendProcess accepts a whole result from a child that died over it") {
  Stage stage;
  std::string mode;
  SUBCASE("before it told that it had finished") {
    mode = "dies_after_result";
  }
  SUBCASE("right after it told so") {
    mode = "dies_after_finished";
  }
  auto backend = stage.must_start(mode);
  CHECK(returned(stage.call(backend)) == "whole.whl");
  await_end(backend.started().pid);
  CHECK(!backend.alive());

  // The next call finds no child, and gets a new one.
  CHECK(returned(stage.call(backend)) == "whole.whl");
  CHECK(stage.observer.begun.size() == 2);
}

TEST_CASE("H1 BackendProcess takes no half result for one") {
  Stage stage;
  auto backend = stage.must_start("dies_in_the_middle_of_a_result");
  const auto outcome = stage.call(backend);
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::backend_gone);
}

TEST_CASE("R2.1 BackendProcess tells the root cause though it sees the symptom first") {
  Stage stage;
  std::string closed;
  SUBCASE("the child closes its stdin") {
    closed = "stdin";
  }
  SUBCASE("the child closes its control descriptor") {
    closed = "control";
  }
  stage.environment.push_back("CLOSE=" + closed);
  auto bounds = patient();
  bounds.last_words = 20s;
  for (const char* delay : {"0", "0.001", "0.1"}) {
    CAPTURE(delay);
    auto spec = stage.fake("raises_then_leaves_late");
    spec.environment.push_back(std::string("DELAY=") + delay);
    auto backend = stage.start(spec, bounds);
    REQUIRE(backend);
    const Stopwatch watch;
    const auto outcome = stage.call(*backend);
    REQUIRE(outcome);
    const auto* failure = std::get_if<ipc::HookFailure>(&*outcome);
    REQUIRE(failure != nullptr);
    CHECK(failure->exc_msg == "the root cause");
    CHECK(watch.elapsed() < 15s);  // R2.2: the report ends the wait, not the bound
  }
}

TEST_CASE("R4.1 BackendProcess counts a child that reads no commands any more as gone") {
  Stage stage;
  auto backend = stage.must_start("answers_and_closes_stdin");
  CHECK(returned(stage.call(backend)) == "last.whl");
  const Stopwatch watch;
  CHECK(returned(stage.call(backend)) == "last.whl");
  CHECK(watch.elapsed() < 20s);  // the failed write tells it, not the bound for accepting
  CHECK(stage.observer.begun.size() == 2);
}

TEST_CASE("R2.2 BackendProcess waits for last words no longer than it may") {
  Stage stage;
  auto backend = stage.must_start("closes_control_and_hangs");
  const Stopwatch watch;
  const auto outcome = stage.call(backend);
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::backend_gone);
  CHECK(contains(outcome.error().message, "closed its channels while build_wheel was running"));
  CHECK(watch.elapsed() >= 250ms);
  CHECK(watch.elapsed() < 15s);
}

TEST_CASE("E7 BackendProcess kills a child that tells garbage in the middle of a hook") {
  Stage stage;
  auto backend = stage.must_start("babbles");
  const auto outcome = stage.call(backend);
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::protocol_error);
  CHECK(contains(outcome.error().message, "told '?? not json', which is no event"));
  CHECK(!backend.alive());
}

TEST_CASE("R4.11 BackendProcess ignores events that it does not know or did not ask for") {
  Stage stage;
  SUBCASE("of a later version") {
    auto backend = stage.must_start("tells_events_of_the_future");
    CHECK(contains(returned(stage.call(backend)), "build_wheel"));
  }
  SUBCASE("of another command") {
    auto backend = stage.must_start("tells_of_another_command");
    CHECK(returned(stage.call(backend)) == "mine.whl");
  }
}

TEST_CASE("H6 BackendProcess does not wait for a result that was told and is not there") {
  Stage stage;
  auto backend = stage.must_start("finishes_without_result");
  const Stopwatch watch;
  const auto outcome = stage.call(backend);
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::protocol_error);
  CHECK(watch.elapsed() < 10s);
  CHECK(!backend.alive());
}

TEST_CASE("H7 BackendProcess reads a result strictly") {
  Stage stage;
  std::string result;
  SUBCASE("empty") {
    result = "";
  }
  SUBCASE("half") {
    result = R"({"return": "a)";
  }
  SUBCASE("both an answer and a failure") {
    result = R"({"return": "a", "code": 1, "exc_type": "E", "exc_msg": "m"})";
  }
  SUBCASE("duplicate keys") {
    result = R"({"return": "a", "return": "b"})";
  }
  SUBCASE("byte order mark") {
    result = "\xEF\xBB\xBF{\"return\": \"a\"}";
  }
  SUBCASE("NaN") {
    result = R"({"return": NaN})";
  }
  stage.environment.push_back("RESULT=" + result);
  auto backend = stage.must_start("writes");
  const auto outcome = stage.call(backend);
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::protocol_error);
}

TEST_CASE("H2 BackendProcess takes an outcome that could not be written to a file") {
  Stage stage;
  auto backend = stage.must_start("cannot_write");
  CHECK(returned(stage.call(backend)) == "told.whl");
  REQUIRE(stage.observer.notices.size() == 1);
  CHECK(contains(stage.observer.notices[0], "No space left on device"));
}

TEST_CASE("H5 BackendProcess tells a rejection and lives") {
  Stage stage;
  auto backend = stage.must_start("rejects");
  for (int round = 0; round < 2; ++round) {
    const auto outcome = stage.call(backend);
    REQUIRE(!outcome);
    CHECK(outcome.error().code == errc::protocol_error);
    CHECK(contains(outcome.error().message, "it is not to my taste"));
  }
  CHECK(backend.alive());
  CHECK(stage.observer.begun.size() == 1);
}

TEST_CASE("D6 BackendProcess relays all that a hook prints") {
  Stage stage;
  auto backend = stage.must_start("prints_10_mb");
  CHECK(returned(stage.call(backend)) == "loud.whl");
  CHECK(stage.observer.out.size() == 10u * 1024 * 1024);
  CHECK(stage.observer.err.ends_with("the end"));
}

TEST_CASE("C1 BackendProcess sees its deadline through a flood of output") {
  Stage stage;
  auto bounds = patient();
  bounds.grace = 10ms;  // so the hook's time, twice the grace, and two seconds
  auto backend = stage.must_start("prints_for_ever", bounds);
  const Stopwatch watch;
  const auto outcome = stage.call(backend, "build_wheel", 50ms);
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::timed_out);
  CHECK(outcome.error().hook_failure->timed_out);
  CHECK(watch.elapsed() >= 2s);
  CHECK(watch.elapsed() < 30s);
  CHECK(!backend.alive());
}

TEST_CASE("C1 BackendProcess outlives a hook that the child stops in time") {
  Stage stage;
  auto backend = stage.must_start("times_out");
  const auto outcome = stage.call(backend, "build_wheel", 1500ms);
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::timed_out);
  CHECK(outcome.error().message == "build_wheel was stopped after 1.5 s");
  REQUIRE(outcome.error().hook_failure);
  CHECK(outcome.error().hook_failure->timed_out);
  CHECK(backend.alive());
  CHECK(!backend.death());
}

TEST_CASE("B5 BackendProcess notices a child that falls silent and gives it up in the end") {
  Stage stage;
  auto bounds = patient();
  bounds.silence = 100ms;
  bounds.stuck = 400ms;
  auto backend = stage.must_start("falls_silent", bounds);
  const Stopwatch watch;
  const auto outcome = stage.call(backend);
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::backend_gone);
  CHECK(contains(outcome.error().message, "gave no sign of life for 0.4 s"));
  REQUIRE(stage.observer.notices.size() == 1);
  CHECK(contains(stage.observer.notices[0], "gave no sign of life for 0.1 s"));
  CHECK(watch.elapsed() >= 400ms);
  CHECK(watch.elapsed() < 30s);
}

TEST_CASE("R4.6 BackendProcess refuses a second call while a hook runs") {
  Stage stage;
  auto backend = stage.must_start("prints_10_mb");
  Result<ipc::Outcome> second;
  stage.observer.on_output = [&] { second = stage.call(backend, "build_sdist"); };
  CHECK(returned(stage.call(backend)) == "loud.whl");
  REQUIRE(!second);
  CHECK(second.error().code == errc::invalid_state);
}

TEST_CASE("R4.4 BackendProcess can be stopped by the observer of a running hook") {
  Stage stage;
  auto backend = stage.must_start("prints_for_ever");
  const pid_t child = backend.started().pid;
  std::optional<ipc::ExitStatus> stopped;
  stage.observer.on_output = [&] { stopped = backend.stop(); };
  const auto outcome = stage.call(backend);
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::backend_gone);
  CHECK(!stopped);
  CHECK(!is_running(child));
  CHECK(stage.call(backend).error().code == errc::invalid_state);
}

TEST_SUITE_END();
