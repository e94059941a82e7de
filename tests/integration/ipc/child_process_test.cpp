#include "ipc/child_process.hpp"

#include "ipc/event_loop.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace std::chrono_literals;
using axle::ipc::ChildProcess;
using axle::ipc::deadline_in;
using axle::ipc::EventLoop;
using axle::ipc::Stdio;
using Kind = axle::ipc::Event::Kind;

TEST_SUITE_BEGIN("ipc::ChildProcess");

TEST_CASE("The descriptors of a child are the first three") {
  auto child = ChildProcess::spawn(
      {.program = AXLE_PROCESS_SUBJECT, .arguments = {"fds"}, .stdout_ = Stdio::pipe()});
  REQUIRE(child);
  EventLoop loop;
  loop.watch_lines(child->take_stdout(), 1000);
  CHECK(loop.next_event(deadline_in(20s)).data == "0 1 2 ");
  CHECK(loop.next_event(deadline_in(20s)).kind == Kind::eof);
  loop.watch_exit(child->pidfd());
  CHECK(loop.next_event(deadline_in(20s)).kind == Kind::exited);
  CHECK(child->reap().success());
}

TEST_SUITE_END();
