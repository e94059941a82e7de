#include "frontend/program.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using axle::errc;
using axle::frontend::Cancellation;
using axle::frontend::ProgramRun;
using axle::frontend::run_program;
using axle::ipc::Clock;
using axle::ipc::deadline_in;
using axle::ipc::EventLoop;
using axle::ipc::ExitStatus;
using axle::ipc::UniqueFd;
using Kind = axle::ipc::Event::Kind;

TEST_SUITE_BEGIN("frontend::run_program");

namespace {

constexpr std::size_t mebibyte = 1024 * 1024;

ProgramRun subject(std::vector<std::string> arguments) {
  return {.spawn = {.program = AXLE_PROCESS_SUBJECT, .arguments = std::move(arguments)},
          .deadline = deadline_in(20s)};
}

bool has_no_children() {
  return ::waitid(P_ALL, 0, nullptr, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD;
}

bool ends_soon(pid_t pid) {
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) return errno == ESRCH;
  EventLoop loop;
  loop.watch_exit(pidfd.number());
  return loop.next_event(deadline_in(20s)).kind == Kind::exited;
}

}  // namespace

TEST_CASE("run_program tells the exit code and what was printed where") {
  const Cancellation never;
  const auto result = run_program(subject({"both", "3"}), never).value();
  CHECK(result.status == ExitStatus{.code = 3});
  CHECK(result.out == "to stdout\n");
  CHECK(result.err == "to stderr\n");
  CHECK(run_program(subject({"signal", "6"}), never).value().status ==
        ExitStatus{.signal = SIGABRT});
  CHECK(has_no_children());
}

TEST_CASE("run_program tells the output as it comes and all of it") {
  const Cancellation never;
  auto run = subject({"both", "0"});
  std::string out;
  std::string err;
  run.on_output = [&](bool is_stderr, std::string_view bytes) { (is_stderr ? err : out) += bytes; };
  REQUIRE(run_program(run, never));
  CHECK(out == "to stdout\n");
  CHECK(err == "to stderr\n");
}

TEST_CASE("D6 run_program keeps the last mebibyte of much output") {
  const Cancellation never;
  auto run = subject({"much", "50000000"});
  std::size_t total = 0;
  run.on_output = [&](bool, std::string_view bytes) { total += bytes.size(); };
  const auto result = run_program(run, never).value();
  CHECK(result.status.success());
  CHECK(total == 50'000'000);
  CHECK(result.out == std::string(mebibyte, 'm'));
  CHECK(result.err.empty());
}

TEST_CASE("D4 A program reads nothing from stdin") {
  const Cancellation never;
  const auto result = run_program(subject({"echo"}), never).value();
  CHECK(result.status.success());
  CHECK(result.out.empty());
}

TEST_CASE("D8 run_program does not wait for a grandchild that holds the pipes but ends it") {
  const Cancellation never;
  const auto result = run_program(subject({"grandchild"}), never).value();
  CHECK(result.status == ExitStatus{.code = 5});
  REQUIRE(result.out.ends_with("\nunfinished"));
  CHECK(ends_soon(std::stoi(result.out)));
}

TEST_CASE("A program that cannot be started is an io_error") {
  const Cancellation never;
  auto run = subject({});
  run.spawn.program = "/nonexistent/program";
  const auto result = run_program(run, never);
  REQUIRE(!result);
  CHECK(result.error().code == errc::io_error);
}

TEST_CASE("A program that does not end in time is stopped with its group") {
  const Cancellation never;
  ProgramRun run{.spawn = {.program = "/bin/sh",
                           .arguments = {"-c",
                                         "(trap '' TERM; exec " AXLE_PROCESS_SUBJECT " wait) & "
                                         "trap 'exit 0' TERM; echo $!; wait"}}};
  const auto start = Clock::now();
  run.deadline = start + 200ms;
  std::string grandchild;
  run.on_output = [&](bool, std::string_view bytes) { grandchild += bytes; };
  const auto result = run_program(run, never);
  REQUIRE(!result);
  CHECK(result.error().code == errc::timed_out);
  CHECK(result.error().message.contains("/bin/sh"));
  CHECK(Clock::now() - start >= 200ms);
  CHECK(has_no_children());
  REQUIRE(!grandchild.empty());
  CHECK(ends_soon(std::stoi(grandchild)));
}

TEST_CASE("C3 A program that ignores SIGTERM is killed after a second of grace") {
  const Cancellation never;
  auto run = subject({"ignore", std::to_string(SIGTERM)});
  Clock::time_point ignoring;
  Cancellation cancellation;
  run.on_output = [&](bool, std::string_view) {
    ignoring = Clock::now();
    cancellation.request();
  };
  const auto result = run_program(run, cancellation);
  REQUIRE(!result);
  CHECK(result.error().code == errc::cancelled);
  CHECK(Clock::now() - ignoring >= 900ms);
  CHECK(has_no_children());
}

TEST_CASE("L3 A second request leaves a program no grace") {
  Cancellation cancellation;
  auto run = subject({"ignore", std::to_string(SIGTERM)});
  Clock::time_point ignoring;
  run.on_output = [&](bool, std::string_view) {
    ignoring = Clock::now();
    cancellation.request(SIGINT);
    cancellation.request(SIGINT);
  };
  const auto result = run_program(run, cancellation);
  REQUIRE(!result);
  CHECK(Clock::now() - ignoring < 900ms);
  CHECK(has_no_children());
}

namespace {

ProgramRun guarded(const std::string& script) {
  return {.spawn = {.program = "/bin/sh", .arguments = {"-c", script}},
          .deadline = deadline_in(20s),
          .guard = AXLE_BACKEND_PROGRAM};
}

}  // namespace

TEST_CASE("Below a guard a program ends and prints as it does without") {
  const Cancellation never;
  const auto result = run_program(guarded("echo out; echo err >&2; exit 3"), never).value();
  CHECK(result.status == ExitStatus{.code = 3});
  CHECK(result.out == "out\n");
  CHECK(result.err == "err\n");
  CHECK(result.left_behind.killed.empty());
  CHECK(run_program(guarded("ulimit -c 0; kill -SEGV $$"), never).value().status ==
        ExitStatus{.signal = SIGSEGV});
  CHECK(has_no_children());
}

TEST_CASE("N6 What a guarded program leaves behind is ended and named") {
  const Cancellation never;
  const auto result = run_program(
      guarded("setsid sleep 1000 >/dev/null 2>&1 & echo $!; echo unfinished | tr -d '\\n' >&2"),
      never);
  REQUIRE(result);
  CHECK(result->status.success());
  CHECK(result->err == "unfinished");
  const int pid = std::stoi(result->out);
  CHECK(ends_soon(pid));
  REQUIRE(result->left_behind.killed.size() == 1);
  CHECK(result->left_behind.killed.front().ends_with(" (pid " + std::to_string(pid) + ")"));
}

TEST_CASE("C3 Nothing is left of a guarded program that is cancelled, wherever it has gone to") {
  Cancellation cancellation;
  auto run = guarded("trap '' TERM; setsid sleep 1000 & echo $!; wait");
  std::string told;
  run.on_output = [&](bool, std::string_view bytes) {
    told += bytes;
    cancellation.request();
  };
  const auto result = run_program(run, cancellation);
  REQUIRE(!result);
  CHECK(result.error().code == errc::cancelled);
  CHECK(has_no_children());
  CHECK(ends_soon(std::stoi(told)));
}

TEST_CASE("E5 A guarded program that cannot be started is an io_error with the reason") {
  const Cancellation never;
  auto run = guarded("");
  run.spawn.program = "/nonexistent/program";
  const auto result = run_program(run, never);
  REQUIRE(!result);
  CHECK(result.error().code == errc::io_error);
  CHECK(result.error().message.contains("/nonexistent/program"));
  CHECK(result.error().message.contains("No such file"));
}

TEST_CASE("E7 A guard that is none is not believed") {
  const Cancellation never;
  for (const auto* guard : {"/bin/true", "/bin/false", "/bin/echo"}) {
    CAPTURE(guard);
    auto run = guarded("exit 0");
    run.guard = guard;
    const auto result = run_program(run, never);
    REQUIRE(!result);
    CHECK(result.error().code == errc::io_error);
    CHECK(result.error().message.contains(guard));
    CHECK(result.error().hint.contains("AXLE_BACKEND"));
  }
}

TEST_CASE("A flood of output delays neither the deadline nor a cancellation") {
  Cancellation cancellation;
  auto run = subject({"flood"});
  run.deadline = deadline_in(50ms);
  CHECK(run_program(run, cancellation).error().code == errc::timed_out);
  run.deadline = deadline_in(20s);
  std::size_t total = 0;
  run.on_output = [&](bool, std::string_view bytes) {
    total += bytes.size();
    if (total > 10 * mebibyte) cancellation.request(SIGTERM);
  };
  const auto result = run_program(run, cancellation);
  REQUIRE(!result);
  CHECK(result.error().code == errc::cancelled);
  CHECK(result.error().signal == SIGTERM);
}

TEST_CASE("A cancellation from another thread stops a silent program") {
  Cancellation cancellation;
  std::thread other([&] { cancellation.request(SIGINT); });
  const auto result = run_program(subject({"wait"}), cancellation);
  other.join();
  REQUIRE(!result);
  CHECK(result.error().code == errc::cancelled);
  CHECK(result.error().message == "stopped by SIGINT while " AXLE_PROCESS_SUBJECT " was running");
  CHECK(has_no_children());
  // One that came before is not overlooked either.
  CHECK(run_program(subject({"wait"}), cancellation).error().code == errc::cancelled);
}

TEST_SUITE_END();
