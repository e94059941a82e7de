#include "backend/failure.hpp"

#include <doctest/doctest.h>

#include <signal.h>

using namespace axle::backend;
using axle::ipc::ExitStatus;
using axle::ipc::HookFailure;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("backend::failure");

TEST_CASE("B1 An exit without a result is a failure with its exit code and never 0") {
  CHECK(died("build_wheel", ExitStatus{.code = 0}).code == 1);
  CHECK(died("build_wheel", ExitStatus{.code = 7}).code == 7);
  CHECK(died("build_wheel", ExitStatus{.code = 7}).exc_type == "BackendDied");
}

TEST_CASE("B2 A signal is 128 plus its number and is named") {
  const auto failure = died("build_wheel", ExitStatus{.signal = SIGSEGV});
  CHECK(failure.code == 128 + SIGSEGV);
  CHECK(failure.signal == SIGSEGV);
  CHECK(failure.exc_msg == "build_wheel was killed by SIGSEGV");
}

TEST_CASE("R2.3 A stopped hook keeps why it was stopped and what it had raised") {
  HookFailure last;
  last.exc_type = "KeyboardInterrupt";
  last.traceback = "Traceback...";
  const auto failure = stopped("build_wheel", {.timed_out = true, .after = 1500ms}, last);
  CHECK(failure.timed_out);
  CHECK(failure.exc_msg == "build_wheel was stopped after 1.5 s");
  REQUIRE(failure.causes.size() == 1);
  CHECK(failure.causes[0].exc_type == "KeyboardInterrupt");
  CHECK(failure.causes[0].traceback == "Traceback...");
  CHECK(stopped("build_wheel", {.cancelled = "SIGINT"}, {}).cancelled == "SIGINT");
}

TEST_SUITE_END();
