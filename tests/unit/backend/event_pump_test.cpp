#include "backend/event_pump.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using axle::errc;
using axle::backend::EventPump;
using axle::ipc::deadline_in;
using axle::ipc::Event;
using axle::ipc::EventLoop;
using axle::ipc::make_pipe;
using axle::ipc::SourceId;
using axle::ipc::write_all;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("backend::EventPump");

namespace {

struct Channel {
  axle::ipc::UniqueFd write_end;
  SourceId source;
};

Channel open_channel(EventLoop& loop) {
  auto pipe = make_pipe();
  REQUIRE(pipe);
  return {std::move(pipe->write_end), loop.watch_lines(std::move(pipe->read_end), 1000)};
}

}  // namespace

TEST_CASE("EventPump waits for one source and keeps the others in order") {
  EventLoop loop;
  EventPump pump(loop);
  const auto a = open_channel(loop);
  const auto b = open_channel(loop);
  write_all(a.write_end.number(), "a1\na2\n");
  // Both are there before the pump looks.
  const auto first = pump.wait_for({a.source}, deadline_in(5s));
  REQUIRE(first);
  CHECK(first->data == "a1");
  write_all(b.write_end.number(), "b1\n");
  const auto other = pump.wait_for({b.source}, deadline_in(5s));
  REQUIRE(other);
  CHECK(other->data == "b1");
  CHECK(pump.next(deadline_in(5s)).data == "a2");
  CHECK(pump.next(deadline_in(0ms)).kind == Event::Kind::deadline);
}

TEST_CASE("EventPump gives up every wait once something urgent happened") {
  EventLoop loop;
  EventPump pump(loop);
  const auto a = open_channel(loop);
  auto b = open_channel(loop);
  pump.set_urgent([&](const Event& event) {
    return event.source == b.source && event.kind == Event::Kind::eof;
  });
  b.write_end.reset();
  const auto given_up = pump.wait_for({a.source}, deadline_in(5s));
  REQUIRE(!given_up);
  CHECK(given_up.error().code == errc::cancelled);
  CHECK(pump.interrupted());
  CHECK(!pump.wait_for({a.source}, deadline_in(5s)));
  CHECK(pump.next(deadline_in(5s)).source == b.source);
}

TEST_CASE("EventPump hands nothing on that the filter took") {
  EventLoop loop;
  EventPump pump(loop);
  const auto a = open_channel(loop);
  std::string taken;
  pump.set_filter([&](const Event& event) {
    if (event.data != "mine") return false;
    taken = event.data;
    return true;
  });
  write_all(a.write_end.number(), "mine\nyours\n");
  CHECK(pump.next(deadline_in(5s)).data == "yours");
  CHECK(taken == "mine");
}

TEST_CASE("EventPump forgets a source and what it kept of it") {
  EventLoop loop;
  EventPump pump(loop);
  const auto a = open_channel(loop);
  const auto b = open_channel(loop);
  write_all(a.write_end.number(), "a1\n");
  REQUIRE(pump.wait_for({b.source}, deadline_in(50ms))->kind == Event::Kind::deadline);
  pump.forget(a.source);
  CHECK(pump.next(deadline_in(0ms)).kind == Event::Kind::deadline);
}

TEST_SUITE_END();
