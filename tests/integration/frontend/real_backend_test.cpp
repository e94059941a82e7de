// Supervision of the real axle-backend: the faults that need a hook that runs.
#include "tests/integration/frontend/stage.hpp"

#include <fstream>
#include <sstream>

using namespace axle;
using namespace axle::test;
using namespace std::chrono_literals;
using frontend::BackendProcess;
using frontend::HookIsolation;

namespace {

Result<ipc::Outcome> build_wheel(Stage& stage,
                                 BackendProcess& backend,
                                 const std::string& action = "",
                                 std::optional<std::chrono::milliseconds> timeout = std::nullopt) {
  ipc::JsonObject settings;
  if (!action.empty()) settings.add("do", ipc::json_string(action));
  ipc::JsonObject kwargs;
  kwargs.add("wheel_directory", ipc::json_string(stage.dir.path().native()));
  kwargs.add("config_settings", settings.text());
  return backend.call({.hook = "build_wheel",
                       .kwargs = kwargs.text(),
                       .source_tree = stage.tree,
                       .timeout = timeout},
                      stage.observer,
                      stage.cancellation);
}

BackendProcess must_start(Stage& stage,
                          HookIsolation isolation = HookIsolation::forked,
                          frontend::BackendBounds bounds = patient()) {
  auto spec = stage.real();
  spec.hook_isolation = isolation;
  auto backend = stage.start(spec, bounds);
  if (!backend) FAIL("not started: " << backend.error().message);
  return *std::move(backend);
}

/// The processes that the host has started and that still run: its warm interpreter.
std::vector<pid_t> children_of(pid_t host) {
  std::vector<pid_t> found;
  const auto number = std::to_string(host);
  std::ifstream file("/proc/" + number + "/task/" + number + "/children");
  for (pid_t pid = 0; file >> pid;) {
    if (is_running(pid)) found.push_back(pid);
  }
  return found;
}

constexpr const char* wheel = "scripted-1-py3-none-any.whl";

}  // namespace

TEST_SUITE_BEGIN("frontend::BackendProcess with axle-backend");

TEST_CASE("BackendProcess runs hooks in every isolation") {
  Stage stage;
  auto isolation = HookIsolation::forked;
  SUBCASE("forked") {
    isolation = HookIsolation::forked;
  }
  SUBCASE("inline") {
    isolation = HookIsolation::in_line;
  }
  SUBCASE("fresh") {
    isolation = HookIsolation::fresh;
  }
  auto backend = must_start(stage, isolation);
  CHECK(backend.started().hook_isolation == to_string(isolation));
  CHECK(returned(build_wheel(stage, backend)) == wheel);
  CHECK(returned(build_wheel(stage, backend)) == wheel);
  const auto status = backend.stop();
  REQUIRE(status);
  CHECK(status->success());
}

TEST_CASE("R1.6 BackendProcess tells an import that fails with its traceback") {
  Stage stage;
  auto spec = stage.real();
  spec.backend_path.clear();
  spec.module = "no_such_backend";
  const auto backend = stage.start(spec);
  REQUIRE(!backend);
  CHECK(backend.error().code == errc::backend_unavailable);
  CHECK(
      contains(backend.error().message, "ModuleNotFoundError: No module named 'no_such_backend'"));
}

TEST_CASE("E5 BackendProcess tells of an interpreter that is not there") {
  Stage stage;
  auto spec = stage.real();
  spec.python = stage.dir / "python";
  const auto backend = stage.start(spec);
  REQUIRE(!backend);
  CHECK(backend.error().code == errc::environment_failed);
  CHECK(contains(backend.error().message, spec.python.string()));
}

TEST_CASE("E1 BackendProcess leaves nothing running of a host that is killed in a hook") {
  Stage stage;
  auto backend = must_start(stage);
  const pid_t host = backend.started().pid;
  const auto interpreters = children_of(host);
  REQUIRE(interpreters.size() == 1);
  stage.observer.on_output = [&] { kill(host, SIGKILL); };
  const auto outcome = build_wheel(stage, backend, "run for ever");
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::backend_gone);
  CHECK(contains(outcome.error().message, "was killed by SIGKILL"));
  await_end(std::stoi(stage.observer.out));
  await_end(interpreters.front());
}

TEST_CASE("E1 BackendProcess goes on when the warm interpreter was killed while it was idle") {
  Stage stage;
  auto bounds = patient();
  bounds.accept = 5s;
  auto backend = must_start(stage, HookIsolation::forked, bounds);
  const pid_t host = backend.started().pid;
  for (const pid_t pid : children_of(host)) kill(pid, SIGKILL);
  CHECK(returned(build_wheel(stage, backend)) == wheel);
  CHECK(backend.started().pid == host);
}

TEST_CASE("R2.3 BackendProcess stops a hook and keeps what it raised and the backend") {
  Stage stage;
  auto backend = must_start(stage);
  {
    frontend::Cancellation cancellation;
    stage.observer.on_output = [&] {
      if (contains(stage.observer.out, "\n")) cancellation.request(SIGINT);
    };
    const auto outcome = backend.call(
        {.hook = "build_wheel",
         .kwargs =
             {R"({"wheel_directory": "/tmp", "config_settings": {"do": "complain when stopped"}})"},
         .source_tree = stage.tree},
        stage.observer,
        cancellation);
    REQUIRE(!outcome);
    CHECK(outcome.error().code == errc::cancelled);
    CHECK(outcome.error().signal == SIGINT);
    REQUIRE(outcome.error().hook_failure);
    const auto& failure = *outcome.error().hook_failure;
    CHECK(failure.cancelled == "SIGINT");
    REQUIRE(!failure.causes.empty());
    CHECK(failure.causes.back().exc_msg == "in the middle of it");
  }
  CHECK(!is_running(std::stoi(stage.observer.out)));
  stage.observer.on_output = nullptr;
  CHECK(returned(build_wheel(stage, backend)) == wheel);
  CHECK(stage.observer.begun.size() == 1);
}

TEST_CASE("C1 BackendProcess has a hook stopped when its time is over and keeps the backend") {
  Stage stage;
  auto backend = must_start(stage);
  const auto outcome = build_wheel(stage, backend, "run for ever", 300ms);
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::timed_out);
  REQUIRE(outcome.error().hook_failure);
  CHECK(outcome.error().hook_failure->timed_out);
  CHECK(backend.alive());
  CHECK(returned(build_wheel(stage, backend)) == wheel);
}

TEST_CASE("B5 BackendProcess tells of a host that is stopped and cancels it all the same") {
  Stage stage;
  auto bounds = patient();
  bounds.silence = 1500ms;  // it beats once a second
  bounds.grace = 100ms;
  auto backend = must_start(stage, HookIsolation::forked, bounds);
  const pid_t host = backend.started().pid;
  stage.observer.on_output = [&] {
    if (contains(stage.observer.out, "..........")) kill(host, SIGSTOP);  // it has long accepted
  };
  stage.observer.on_notice = [&] { stage.cancellation.request(SIGINT); };
  const auto outcome = build_wheel(stage, backend, "work for ever");
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::cancelled);
  CHECK(stage.observer.notices.size() == 1);
  CHECK(!is_running(host));
  CHECK(!is_running(std::stoi(stage.observer.out)));
}

TEST_SUITE_END();
