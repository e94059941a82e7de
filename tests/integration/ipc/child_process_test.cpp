#include "ipc/child_process.hpp"

#include "ipc/event_loop.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using axle::errc;
using axle::ipc::ChildProcess;
using axle::ipc::Clock;
using axle::ipc::deadline_in;
using axle::ipc::Event;
using axle::ipc::EventLoop;
using axle::ipc::ExitStatus;
using axle::ipc::find_program;
using axle::ipc::SpawnOptions;
using axle::ipc::Stdio;
using axle::ipc::UniqueFd;
using axle::test::TempDir;
using Kind = axle::ipc::Event::Kind;

TEST_SUITE_BEGIN("ipc::ChildProcess");

namespace {

Event next(EventLoop& loop) {
  return loop.next_event(deadline_in(20s));
}

SpawnOptions subject(std::vector<std::string> arguments) {
  return {
      .program = AXLE_PROCESS_SUBJECT, .arguments = std::move(arguments), .stdout_ = Stdio::pipe()};
}

// What a child prints until it closes its stdout.
std::string output_of(const SpawnOptions& options) {
  auto child = ChildProcess::spawn(options);
  REQUIRE_MESSAGE(child, child.error().message);
  EventLoop loop;
  loop.watch_bytes(child->take_stdout());
  std::string output;
  for (;;) {
    const Event event = next(loop);
    if (event.kind != Kind::bytes) {
      CHECK(event.kind == Kind::eof);
      break;
    }
    output += event.data;
  }
  CHECK(child->reap().success());
  return output;
}

bool ended(pid_t pid) {
  return ::kill(pid, 0) != 0;
}

}  // namespace

TEST_CASE("The descriptors of a child are the first three") {
  const UniqueFd inheritable(::open("/dev/null", O_RDONLY));
  const UniqueFd far(::fcntl(inheritable.number(), F_DUPFD, 700));
  CHECK(output_of(subject({"fds"})) == "0 1 2 \n");
  auto options = subject({"fds"});
  options.stdin_ = Stdio::pipe();
  options.stderr_ = Stdio::null();
  CHECK(output_of(options) == "0 1 2 \n");
}

TEST_CASE("A child gets its extra descriptors from 3 on and no others") {
  auto first = axle::ipc::make_pipe().value();
  auto second = axle::ipc::make_socket_pair().value();
  auto options = subject({"fds"});
  options.extra_fds = {second.theirs.number(), first.write_end.number()};
  CHECK(output_of(options) == "0 1 2 3 4 \n");
  options.arguments = {"extra", "2"};
  CHECK(output_of(options).empty());
  EventLoop loop;
  loop.watch_lines(std::move(second.ours), 100);
  CHECK(next(loop).data == "I am 3");
  loop.watch_lines(std::move(first.read_end), 100);
  CHECK(next(loop).data == "I am 4");
  CHECK(::fcntl(second.theirs.number(), F_GETFD) == FD_CLOEXEC);  // stays ours, and as it was
}

TEST_CASE("One descriptor can be many of a child's") {
  auto pipe = axle::ipc::make_pipe().value();
  const int end = pipe.write_end.number();
  auto options = subject({"extra", "3"});
  options.stdout_ = Stdio::fd(end);
  options.stderr_ = Stdio::fd(end);
  options.extra_fds = {end, end, end};
  auto child = ChildProcess::spawn(options);
  REQUIRE(child);
  pipe.write_end.reset();
  EventLoop loop;
  loop.watch_lines(std::move(pipe.read_end), 100);
  CHECK(next(loop).data == "I am 3");
  CHECK(next(loop).data == "I am 4");
  CHECK(next(loop).data == "I am 5");
  CHECK(next(loop).kind == Kind::eof);
}

TEST_CASE("A child talks through its three pipes") {
  auto options = subject({"echo"});
  options.stdin_ = Stdio::pipe();
  auto child = ChildProcess::spawn(options);
  REQUIRE(child);
  EventLoop loop;
  const auto input = loop.watch_writer(child->take_stdin());
  CHECK(!child->take_stdin());
  loop.watch_lines(child->take_stdout(), 100);
  loop.send(input, "hello\n");
  CHECK(next(loop).kind == Kind::sent);
  loop.remove(input);
  CHECK(next(loop).data == "hello");
  CHECK(next(loop).kind == Kind::eof);
  CHECK(child->reap().success());

  options = subject({"both"});
  options.stderr_ = Stdio::pipe();
  child = ChildProcess::spawn(options);
  REQUIRE(child);
  loop.watch_lines(child->take_stderr(), 100);
  CHECK(next(loop).data == "to stderr");
}

TEST_CASE("Arguments reach a child as they are") {
  CHECK(output_of(subject({"arguments", "", "two words", "\"'\\$x", "n\nl", "\xc3\xa9\xff"})) ==
        "[" AXLE_PROCESS_SUBJECT "][arguments][][two words][\"'\\$x][n\nl][\xc3\xa9\xff]");
}

TEST_CASE("A child has the environment it is given or the caller's") {
  auto options = subject({"environment"});
  options.environment = std::vector<std::string>{"B=2", "A=1 and more", "EMPTY="};
  CHECK(output_of(options) == "B=2\nA=1 and more\nEMPTY=\n");
  options.environment = std::vector<std::string>{};
  CHECK(output_of(options).empty());
  options.environment.reset();
  ::setenv("AXLE_TEST_INHERITED", "yes", 1);
  CHECK(output_of(options).contains("AXLE_TEST_INHERITED=yes\n"));
}

TEST_CASE("A child starts in its folder and a relative program is looked for there") {
  const TempDir dir;
  fs::create_symlink(AXLE_PROCESS_SUBJECT, dir / "program");
  auto options = subject({"folder"});
  options.working_directory = dir.path();
  CHECK(output_of(options) == dir.path().string() + "\n");
  options.program = "./program";
  CHECK(output_of(options) == dir.path().string() + "\n");
}

TEST_CASE("I5 Signals are at their defaults and unblocked in a child") {
  const auto pipe_before = std::signal(SIGPIPE, SIG_IGN);
  const auto int_before = std::signal(SIGINT, SIG_IGN);
  const auto usr1_before = std::signal(SIGUSR1, [](int) {});
  sigset_t blocked;
  sigset_t mask_before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::sigaddset(&blocked, SIGCHLD);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &mask_before);

  CHECK(output_of(subject({"signals"})) == "told\n");

  sigset_t mask_after;  // and ours are as they were
  ::pthread_sigmask(SIG_SETMASK, &mask_before, &mask_after);
  CHECK(::sigismember(&mask_after, SIGTERM) == 1);
  CHECK(::sigismember(&mask_after, SIGUSR2) == 0);
  CHECK((std::signal(SIGPIPE, pipe_before) == SIG_IGN));
  std::signal(SIGINT, int_before);
  std::signal(SIGUSR1, usr1_before);
}

TEST_CASE("A child leads a session of its own or stays in the caller's") {
  auto options = subject({"session"});
  CHECK(output_of(options) == "1 1\n");
  options.session = SpawnOptions::Session::callers;
  CHECK(output_of(options) == "0 0\n");
}

TEST_CASE("B1 and B2 Exit codes and signals are told apart") {
  struct Case {
    std::vector<std::string> arguments;
    ExitStatus status;
    std::string text;
  };
  const std::vector<Case> cases{
      {{"exit", "0"}, {}, "exited with code 0"},
      {{"exit", "9"}, {.code = 9}, "exited with code 9"},
      {{"exit", "255"}, {.code = 255}, "exited with code 255"},
      {{"signal", "9"}, {.signal = SIGKILL}, "was killed by SIGKILL"},
      {{"signal", "11"}, {.signal = SIGSEGV}, "was killed by SIGSEGV"},
      {{"signal", "15"}, {.signal = SIGTERM}, "was killed by SIGTERM"},
  };
  for (const auto& [arguments, status, text] : cases) {
    CAPTURE(text);
    auto child = ChildProcess::spawn(subject(arguments));
    REQUIRE(child);
    EventLoop loop;
    const auto source = loop.watch_exit(child->pidfd());
    const Event event = next(loop);
    CHECK(event.kind == Kind::exited);
    CHECK(event.source == source);
    CHECK(child->try_reap() == status);
    CHECK(child->try_reap() == status);
    CHECK(child->reap() == status);
    CHECK(status.describe() == text);
    child->send_signal(SIGKILL);  // reaches nobody
    child->send_signal_to_group(SIGKILL);
  }
}

TEST_CASE("ExitStatus reads what waitpid gives and tells it as a shell does") {
  CHECK(ExitStatus::from_wait_status(3 << 8) == ExitStatus{.code = 3});
  CHECK(ExitStatus::from_wait_status(SIGTERM) == ExitStatus{.signal = SIGTERM});
  const auto core = ExitStatus::from_wait_status(SIGSEGV | 0x80);
  CHECK(core == ExitStatus{.signal = SIGSEGV, .core_dumped = true});
  CHECK(core.describe() == "was killed by SIGSEGV (core dumped)");
  CHECK(core.shell_code() == 139);
  CHECK(ExitStatus{.code = 7}.shell_code() == 7);
  CHECK(ExitStatus{}.success());
  CHECK(!ExitStatus{.code = 1}.success());
  CHECK(!core.success());
  CHECK(axle::ipc::signal_name(SIGINT) == "SIGINT");
  CHECK(axle::ipc::signal_name(77) == "signal 77");
}

TEST_CASE("C3 A child that ignores SIGTERM is ended by SIGKILL") {
  auto child = ChildProcess::spawn(subject({"ignore", std::to_string(SIGTERM)}));
  REQUIRE(child);
  EventLoop loop;
  loop.watch_lines(child->take_stdout(), 100);
  CHECK(next(loop).data == "ignoring");
  loop.watch_exit(child->pidfd());
  child->send_signal(SIGTERM);
  child->send_signal_to_group(SIGTERM);
  CHECK(!child->try_reap());
  CHECK(loop.next_event(deadline_in(50ms)).kind == Kind::deadline);
  child->send_signal(SIGKILL);
  bool exited = false;
  while (!exited) {
    const Event event = next(loop);
    REQUIRE(event.kind != Kind::deadline);
    exited = event.kind == Kind::exited;
  }
  CHECK(child->reap() == ExitStatus{.signal = SIGKILL});
}

TEST_CASE("D8 Death is told at once while a grandchild holds the pipe and reaping ends it") {
  auto child = ChildProcess::spawn(subject({"grandchild"}));
  REQUIRE(child);
  EventLoop loop;
  const auto output = loop.watch_lines(child->take_stdout(), 100);
  loop.watch_exit(child->pidfd());
  Event event = next(loop);
  REQUIRE(event.kind == Kind::line);
  const pid_t grandchild = std::stoi(event.data);
  CHECK(next(loop).kind == Kind::exited);
  CHECK(!ended(grandchild));

  const auto drained = loop.drain(output);
  REQUIRE(drained.size() == 1);
  CHECK(drained[0].data == "unfinished");

  // Not a child of ours; it can be watched all the same.
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, grandchild, 0)));
  const auto grandchild_exit = loop.watch_exit(pidfd.number());
  CHECK(loop.next_event(Clock::now()).kind == Kind::deadline);
  CHECK(child->reap() == ExitStatus{.code = 5});
  bool eof = false;
  bool exited = false;
  while (!eof || !exited) {
    event = next(loop);
    REQUIRE(event.kind != Kind::deadline);
    eof = eof || event.kind == Kind::eof;
    exited = exited || event.source == grandchild_exit;
  }
}

TEST_CASE("drain returns all that a dead child wrote") {
  for (const int size : {1, 4096, 60'000, 65'536}) {
    CAPTURE(size);
    auto child = ChildProcess::spawn(subject({"much", std::to_string(size)}));
    REQUIRE(child);
    EventLoop loop;
    loop.watch_exit(child->pidfd());
    CHECK(next(loop).kind == Kind::exited);
    const auto output = loop.watch_bytes(child->take_stdout());
    std::string all;
    const auto events = loop.drain(output);
    for (const auto& event : events) all += event.data;
    CHECK(all.size() == static_cast<std::size_t>(size));
    CHECK(events.back().kind == Kind::eof);
  }
}

TEST_CASE("Destruction and assignment end a child and its group") {
  pid_t pid = -1;
  pid_t grandchild = -1;
  UniqueFd grandchilds_pidfd;
  EventLoop loop;
  {
    auto child = ChildProcess::spawn(subject({"wait"}));
    REQUIRE(child);
    pid = child->pid();
    CHECK(!child->try_reap());
    ChildProcess other = std::move(*child);
    CHECK(other.pid() == pid);
    CHECK(!ended(pid));

    other = ChildProcess::spawn(subject({"grandchild"})).value();
    CHECK(ended(pid));
    pid = other.pid();
    loop.watch_lines(other.take_stdout(), 100);
    grandchild = std::stoi(next(loop).data);
    grandchilds_pidfd.reset(static_cast<int>(::syscall(SYS_pidfd_open, grandchild, 0)));
  }
  CHECK(ended(pid));
  const auto source = loop.watch_exit(grandchilds_pidfd.number());
  Event event = next(loop);
  while (event.source != source && event.kind != Kind::deadline) event = next(loop);
  CHECK(event.kind == Kind::exited);
}

TEST_CASE("F3 A child that dies with its caller ends with the thread and others live on") {
  std::optional<ChildProcess> dies;
  std::optional<ChildProcess> lives;
  std::thread([&] {
    auto options = subject({"wait"});
    options.stdout_ = Stdio::null();
    lives = ChildProcess::spawn(options).value();
    options.with_caller = SpawnOptions::WithCaller::dies;
    dies = ChildProcess::spawn(options).value();
  }).join();
  EventLoop loop;
  const auto dead = loop.watch_exit(dies->pidfd());
  loop.watch_exit(lives->pidfd());
  CHECK(next(loop).source == dead);
  CHECK(dies->reap() == ExitStatus{.signal = SIGKILL});
  CHECK(!lives->try_reap());
}

TEST_CASE("The end of a child is told to who watches late and to who watches twice") {
  auto child = ChildProcess::spawn(subject({"exit", "3"}));
  REQUIRE(child);
  CHECK(child->reap().code == 3);
  EventLoop loop;
  const auto first = loop.watch_exit(child->pidfd());
  const auto second = loop.watch_exit(child->pidfd());
  const Event one = next(loop);
  const Event two = next(loop);
  CHECK(one.kind == Kind::exited);
  CHECK(two.kind == Kind::exited);
  CHECK(one.source != two.source);
  CHECK((one.source == first || one.source == second));
  CHECK(loop.next_event(Clock::now()).kind == Kind::deadline);
}

TEST_CASE("E5 A program that cannot be executed is an io_error with the reason") {
  const TempDir dir;
  dir.write("plain", "not executable");
  dir.write("script", "#!/nonexistent/interpreter\n");
  dir.write("garbage",
            "\x7f"
            "ELF garbage");
  ::chmod((dir / "script").c_str(), 0755);
  ::chmod((dir / "garbage").c_str(), 0755);
  const std::vector<std::pair<fs::path, std::string>> cases{
      {dir / "missing", "No such file or directory"},
      {dir.path(), "Permission denied"},
      {dir / "plain", "Permission denied"},
      {dir / "script", "No such file or directory"},
      {dir / "garbage", "Exec format error"},
      {dir / "plain/below", "Not a directory"},
  };
  for (const auto& [program, reason] : cases) {
    CAPTURE(program);
    const auto child = ChildProcess::spawn({.program = program});
    REQUIRE(!child);
    CHECK(child.error().code == errc::io_error);
    CHECK(child.error().message == "cannot execute " + program.string() + ": " + reason);
    CHECK(child.error().hint.empty() == (program.filename() != "script"));
  }
}

TEST_CASE("A folder that cannot be entered is an io_error that names it") {
  const TempDir dir;
  auto options = subject({"exit", "0"});
  options.working_directory = dir / "missing";
  const auto child = ChildProcess::spawn(options);
  REQUIRE(!child);
  CHECK(child.error().code == errc::io_error);
  CHECK(child.error().message == "cannot enter " + (dir / "missing").string() +
                                     " to start " AXLE_PROCESS_SUBJECT
                                     ": No such file or directory");
}

TEST_CASE("A bare name and a NUL byte and a closed descriptor are io_errors") {
  auto options = subject({"exit", "0"});
  options.program = "sh";
  CHECK(ChildProcess::spawn(options).error().code == errc::io_error);
  options = subject({std::string("a\0b", 3)});
  CHECK(ChildProcess::spawn(options).error().code == errc::io_error);
  options = subject({});
  options.environment = std::vector<std::string>{std::string("A=\0", 3)};
  CHECK(ChildProcess::spawn(options).error().code == errc::io_error);
  options = subject({"exit", "0"});
  options.stderr_ = Stdio::fd(-1);
  CHECK(ChildProcess::spawn(options).error().code == errc::io_error);
  options = subject({"exit", "0"});
  options.extra_fds = {4095};
  CHECK(ChildProcess::spawn(options).error().code == errc::io_error);
}

TEST_CASE("find_program takes the first executable file and no relative folders") {
  const TempDir dir;
  for (const std::string folder : {"one", "two", "three"}) dir.make_directory(folder);
  dir.write("one/tool", "not executable");
  dir.make_directory("two/tool");
  for (const std::string name : {"three/tool", "four/tool"}) {
    ::chmod(dir.write(name, "#!/bin/sh\n").c_str(), 0755);
  }
  const auto path = [&](const std::string& name) { return (dir / name).string(); };
  const std::string all =
      path("one") + ":" + path("two") + "::relative:" + path("three") + ":" + path("four");
  CHECK(find_program("tool", all) == dir / "three/tool");
  CHECK(find_program("tool", path("one") + ":" + path("two")) == std::nullopt);
  CHECK(find_program("tool", "") == std::nullopt);
  CHECK(find_program("", all) == std::nullopt);
  CHECK(find_program("other", all) == std::nullopt);
  CHECK(find_program(path("four/tool"), "") == dir / "four/tool");
  CHECK(find_program(path("one/tool"), all) == std::nullopt);

  const fs::path before = fs::current_path();
  fs::current_path(dir / "four");
  CHECK(find_program("tool", ":.:" + path("one")) == std::nullopt);
  CHECK(find_program("./tool", "") == fs::path("./tool"));
  fs::current_path(before);
}

TEST_SUITE_END();
