// How far a command came, asked of the handle that sending it gives.
#include "frontend/sent_hook.hpp"

#include "tests/integration/frontend/stage.hpp"

#include <sys/resource.h>
#include <sys/wait.h>

#include <optional>
#include <stdexcept>
#include <utility>

using namespace axle;
using namespace axle::test;
using namespace std::chrono_literals;
using frontend::BackendProcess;
using frontend::SentHook;
using Answer = frontend::SentHook::Answer;

namespace {

SentHook send(Stage& stage, BackendProcess& backend) {
  auto sent = backend.send(
      {.hook = "build_wheel", .source_tree = stage.tree}, stage.observer, stage.cancellation);
  if (!sent) FAIL("not sent: " << sent.error().message);
  return *std::move(sent);
}

ipc::Deadline soon() {
  return ipc::deadline_in(30s);
}

}  // namespace

TEST_SUITE_BEGIN("frontend::SentHook");

TEST_CASE("R4.8 SentHook answers each question once for all") {
  Stage stage;
  auto backend = stage.must_start("well");
  SentHook sent = send(stage, backend);
  SUBCASE("in their order") {
    CHECK(sent.delivered(soon()) == Answer::yes);
    CHECK(sent.accepted(soon()) == Answer::yes);
    CHECK(sent.finished(soon()));
  }
  SUBCASE("the last one first") {
    CHECK(sent.finished(soon()));
    CHECK(sent.accepted(ipc::Clock::now()) == Answer::yes);
    CHECK(sent.delivered(ipc::Clock::now()) == Answer::yes);
  }
  SUBCASE("or none") {}
  CHECK(contains(returned(sent.outcome()), "build_wheel"));
  CHECK(contains(returned(stage.call(backend)), "build_wheel"));
}

TEST_CASE("R4.8 SentHook waits no longer than until its deadline") {
  Stage stage;
  auto backend = stage.must_start("beats");
  SentHook sent = send(stage, backend);
  REQUIRE(sent.accepted(soon()) == Answer::yes);
  const Stopwatch watch;
  CHECK(!sent.finished(ipc::deadline_in(100ms)));
  CHECK(watch.elapsed() >= 100ms);
  CHECK(watch.elapsed() < 20s);
  stage.cancellation.request();
  stage.cancellation.request();
  CHECK(sent.outcome().error().code == errc::cancelled);
}

TEST_CASE("R4.10 SentHook does not take what was delivered for accepted") {
  Stage stage;
  SUBCASE("where the backend never accepts") {
    auto bounds = patient();
    bounds.accept = 500ms;
    auto backend = stage.must_start("never_accepts", bounds);
    SentHook sent = send(stage, backend);
    CHECK(sent.delivered(soon()) == Answer::yes);
    CHECK(sent.accepted(ipc::Clock::now()) == Answer::not_yet);
    CHECK(sent.accepted(soon()) == Answer::no);
    CHECK(sent.outcome().error().code == errc::backend_gone);
  }
  SUBCASE("where it dies before") {
    auto backend = stage.must_start("dies_before_accept");
    SentHook sent = send(stage, backend);
    CHECK(sent.accepted(soon()) == Answer::no);
    CHECK(sent.outcome().error().code == errc::backend_gone);
  }
}

TEST_CASE("R4.8 SentHook is settled by the end of the backend that it was sent to") {
  Stage stage;
  std::optional<BackendProcess> backend = stage.must_start("beats");
  const pid_t child = backend->started().pid;
  SentHook sent = send(stage, *backend);
  REQUIRE(sent.accepted(soon()) == Answer::yes);
  SUBCASE("which is stopped") {
    CHECK(!backend->stop());
  }
  SUBCASE("which is destroyed") {
    backend.reset();
  }
  SUBCASE("which dies") {
    kill(child, SIGKILL);
  }
  CHECK(sent.finished(soon()));
  const auto outcome = sent.outcome();
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::backend_gone);
  CHECK(contains(outcome.error().message, "SIGKILL while build_wheel was running"));
  CHECK(!is_running(child));
  CHECK(stage.observer.begun.size() == 1);
}

TEST_CASE("R4.8 SentHook is settled where the backend is already gone") {
  Stage stage;
  auto backend = stage.must_start("dies_after_accept");
  CHECK(!stage.call(backend));
  const auto sent =
      backend.send({.hook = "x", .source_tree = stage.tree}, stage.observer, stage.cancellation);
  REQUIRE(!sent);
  CHECK(sent.error().code == errc::backend_gone);
}

TEST_CASE("R4.8 SentHook still answers once its outcome was read") {
  Stage stage;
  auto backend = stage.must_start("dies_before_accept");
  SentHook sent = send(stage, backend);
  CHECK(sent.outcome().error().code == errc::backend_gone);
  CHECK(sent.accepted(ipc::no_deadline) == Answer::no);
  CHECK(sent.finished(ipc::no_deadline));
  CHECK(sent.delivered(ipc::no_deadline) != Answer::not_yet);
}

TEST_CASE("R4.6 SentHook gives its outcome away once, and the backend takes one at a time") {
  Stage stage;
  auto backend = stage.must_start("well");
  SentHook sent = send(stage, backend);
  auto second =
      backend.send({.hook = "x", .source_tree = stage.tree}, stage.observer, stage.cancellation);
  REQUIRE(!second);
  CHECK(second.error().code == errc::invalid_state);
  CHECK(sent.outcome());
  CHECK(sent.outcome().error().code == errc::invalid_state);
}

TEST_CASE("R3.5 SentHook ends the program where its outcome is dropped unread") {
  Stage stage;
  auto backend = stage.must_start("beats");
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
    setrlimit(RLIMIT_CORE, &no_core);
    stage.observer.on_notice = [&] {
      const std::string& text = stage.observer.notices.back();
      if (!contains(text, "the outcome of build_wheel was dropped unread")) _exit(2);
      await_end(backend.started().pid);
    };
    signal(SIGABRT, SIG_DFL);
    {
      const SentHook dropped = send(stage, backend);
    }
    _exit(1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
#ifdef AXLE_STRICT
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGABRT);
#else
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 1);
#endif
}

TEST_CASE("R3.1 SentHook ends the hook where an observer throws") {
  Stage stage;
  auto backend = stage.must_start("prints_for_ever");
  const pid_t child = backend.started().pid;
  stage.observer.on_output = [] { throw std::runtime_error("the observer's own"); };
  CHECK_THROWS_WITH_AS((void)stage.call(backend), "the observer's own", const std::runtime_error&);
  stage.observer.on_output = nullptr;
  CHECK(!is_running(child));
  CHECK(stage.call(backend).error().code == errc::invalid_state);
}

TEST_SUITE_END();
