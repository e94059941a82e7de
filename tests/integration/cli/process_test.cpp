#include "cli/signal_handlers.hpp"
#include "frontend/cancellation.hpp"
#include "frontend/daemon/start_daemon.hpp"
#include "frontend/leftovers.hpp"
#include "ipc/fd.hpp"
#include "ipc/process_state.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <string>

using namespace axle::cli;
using axle::frontend::adopt_orphans;
using axle::frontend::end_leftovers;
using namespace std::chrono_literals;
using axle::frontend::Cancellation;

TEST_SUITE_BEGIN("cli::processes");

namespace {

// Runs `body` in a process of its own and returns its wait status. A check in `body` is told by
// its exit code.
template <class Body>
int status_of(const Body& body) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::signal(number, SIG_DFL);
    body();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return status;
}

[[noreturn]] void wait_for_ever() {
  while (true) ::pause();
}

void expect(bool claim, int line) {
  if (!claim) ::_exit(line % 100 + 1);
}

}  // namespace

TEST_CASE("SignalHandlers ask for a stop, then for a quick one, then leave") {
  const int status = status_of([] {
    Cancellation cancellation;
    const SignalHandlers handlers(cancellation);
    ::raise(SIGTERM);
    expect(cancellation.times_requested() == 1, __LINE__);
    expect(cancellation.signal() == SIGTERM, __LINE__);
    ::raise(SIGINT);
    expect(cancellation.times_requested() == 2, __LINE__);
    expect(cancellation.signal() == SIGTERM, __LINE__);
    ::raise(SIGINT);
    expect(false, __LINE__);
  });
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 128 + SIGINT);
}

TEST_CASE("SignalHandlers leave ignored signals alone, and none takes the exit code later") {
  const int status = status_of([] {
    ::signal(SIGHUP, SIG_IGN);
    Cancellation cancellation;
    {
      const SignalHandlers handlers(cancellation);
      ::raise(SIGHUP);
      expect(!cancellation.requested(), __LINE__);
      ::raise(SIGINT);
      expect(cancellation.requested(), __LINE__);
    }
    for (int i = 0; i < 3; ++i) {
      for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::raise(number);
    }
  });
  CHECK(status == 0);
}

TEST_CASE("No leftovers are found where there is no child") {
  const int status = status_of([] {
    adopt_orphans();
    expect(end_leftovers(10s).empty(), __LINE__);
  });
  CHECK(status == 0);
}

TEST_CASE("N6 Children that ended are reaped and those that run are ended and named") {
  const int status = status_of([] {
    adopt_orphans();
    const pid_t ended = ::fork();
    if (ended == 0) ::_exit(0);
    const pid_t running = ::fork();
    if (running == 0) wait_for_ever();
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(ended), &info, WEXITED | WNOWAIT);
    const auto leftovers = end_leftovers(10s);
    expect(leftovers.size() == 1, __LINE__);
    expect(leftovers[0].pid == running, __LINE__);
    expect(!leftovers[0].name.empty(), __LINE__);
    expect(::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD, __LINE__);
  });
  CHECK(status == 0);
}

TEST_CASE("N6 Orphans are adopted and ended with their parents") {
  // Open as long as one of the processes below lives.
  auto alive = axle::ipc::make_pipe().value();
  const int status = status_of([] {
    adopt_orphans();
    auto ready = axle::ipc::make_pipe().value();
    if (::fork() == 0) {
      ::setsid();
      if (::fork() == 0) {
        ::write(ready.write_end.number(), "x", 1);
        wait_for_ever();
      }
      wait_for_ever();
    }
    char byte = 0;
    expect(::read(ready.read_end.number(), &byte, 1) == 1, __LINE__);
    expect(end_leftovers(10s).size() == 2, __LINE__);
  });
  CHECK(status == 0);
  alive.write_end.reset();
  char byte = 0;
  CHECK(::read(alive.read_end.number(), &byte, 1) == 0);
}

TEST_CASE("G1 A daemon that was started is no leftover, though it never answered") {
  axle::test::TempDir dir;
  // Tells the number of one that has left its session, as axle does, and then fails.
  const auto program = dir.write("axle",
                                 "#!/bin/sh\n"
                                 "mkfifo \"$0.ready\"\n"
                                 "setsid sh -c 'echo $$ >\"$0.pid\"; echo >\"$0.ready\"; "
                                 "exec sleep 600' \"$0\" >/dev/null 2>&1 &\n"
                                 "read -r _ <\"$0.ready\"\n"
                                 "cat \"$0.pid\"\n"
                                 "exit 1\n");
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  const int status = status_of([&] {
    adopt_orphans();
    expect(!axle::frontend::start_daemon(program, Cancellation()), __LINE__);
    expect(end_leftovers(10s).empty(), __LINE__);
  });
  CHECK(status == 0);
  CHECK(::kill(std::stoi(dir.read("axle.pid")), SIGKILL) == 0);
}

TEST_CASE("G1 What a dead daemon has left is no leftover, though nobody has reaped the daemon") {
  auto go = axle::ipc::make_pipe().value();
  auto daemons = axle::ipc::make_pipe().value();
  auto backends = axle::ipc::make_pipe().value();
  const auto tell = [](const axle::ipc::Pipe& pipe, pid_t pid) {
    expect(::write(pipe.write_end.number(), &pid, sizeof pid) == sizeof pid, __LINE__);
  };
  const auto told = [](const axle::ipc::Pipe& pipe) {
    pid_t pid = 0;
    expect(::read(pipe.read_end.number(), &pid, sizeof pid) == sizeof pid, __LINE__);
    return pid;
  };
  const int status = status_of([&] {
    const pid_t starter = ::fork();  // it is there before any build, and reaps nothing
    if (starter == 0) {
      told(go);
      const pid_t daemon = ::fork();
      if (daemon == 0) {
        if (::fork() != 0) ::_exit(0);
        ::prctl(PR_SET_NAME, "axle-backend");
        tell(backends, ::getpid());
        wait_for_ever();
      }
      siginfo_t info{};
      ::waitid(P_PID, static_cast<id_t>(daemon), &info, WEXITED | WNOWAIT);
      tell(daemons, daemon);
      wait_for_ever();
    }
    adopt_orphans();
    tell(go, starter);
    axle::frontend::leave_daemon_alone(told(daemons));
    const pid_t backend = told(backends);
    const bool none = end_leftovers(100ms).empty();
    for (const pid_t pid : {starter, backend}) ::kill(pid, SIGKILL);
    expect(none, __LINE__);
  });
  CHECK(status == 0);
}

TEST_SUITE_END();
