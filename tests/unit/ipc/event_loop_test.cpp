#include "ipc/event_loop.hpp"

#include "ipc/fd.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using axle::ipc::Clock;
using axle::ipc::deadline_in;
using axle::ipc::Event;
using axle::ipc::EventLoop;
using axle::ipc::make_pipe;
using axle::ipc::make_socket_pair;
using axle::ipc::no_deadline;
using axle::ipc::SourceId;
using axle::ipc::UniqueFd;
using axle::ipc::write_all;
using Kind = axle::ipc::Event::Kind;

TEST_SUITE_BEGIN("ipc::EventLoop");

namespace {

constexpr auto long_enough = 20s;

Event next(EventLoop& loop) {
  return loop.next_event(deadline_in(long_enough));
}
Event look(EventLoop& loop) {
  return loop.next_event(Clock::now());
}

std::vector<std::string> texts(const std::vector<Event>& events) {
  std::vector<std::string> result;
  for (const auto& event : events) {
    result.push_back(event.kind == Kind::eof        ? "<eof>"
                     : event.kind == Kind::overflow ? "<overflow>"
                                                    : event.data);
  }
  return result;
}

int unread(int fd) {
  int count = 0;
  ::ioctl(fd, FIONREAD, &count);
  return count;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("EventLoop tells lines and an unfinished last line and the end") {
  EventLoop loop;
  auto pipe = make_pipe().value();
  const auto source = loop.watch_lines(std::move(pipe.read_end), 10);
  write_all(pipe.write_end.number(), "one\ntwo\r\n12345678901\nthr");
  for (const std::string expected : {"one", "two"}) {
    const Event event = next(loop);
    CHECK(event.kind == Kind::line);
    CHECK(event.source == source);
    CHECK(event.data == expected);
  }
  CHECK(next(loop).kind == Kind::overflow);
  CHECK(look(loop).kind == Kind::deadline);
  pipe.write_end.reset();
  CHECK(next(loop).data == "thr");
  CHECK(next(loop).kind == Kind::eof);
  CHECK(look(loop).kind == Kind::deadline);
}

TEST_CASE("EventLoop tells bytes as they arrive and never more than 64 KiB at once") {
  EventLoop loop;
  auto sockets = make_socket_pair().value();
  const auto source = loop.watch_bytes(std::move(sockets.ours));
  const std::string bytes(300'000, 'b');
  std::thread writer([&] {
    write_all(sockets.theirs.number(), bytes);
    sockets.theirs.reset();
  });
  std::size_t total = 0;
  for (;;) {
    const Event event = next(loop);
    if (event.kind == Kind::eof) break;
    REQUIRE(event.kind == Kind::bytes);
    CHECK(event.source == source);
    CHECK(!event.data.empty());
    CHECK(event.data.size() <= 64 * 1024);
    total += event.data.size();
  }
  writer.join();
  CHECK(total == bytes.size());
}

TEST_CASE("EventLoop returns at the deadline and only looks with one in the past") {
  EventLoop loop;
  auto pipe = make_pipe().value();
  loop.watch_lines(std::move(pipe.read_end), 100);
  const auto start = Clock::now();
  const Event event = loop.next_event(start + 30ms);
  CHECK(event.kind == Kind::deadline);
  CHECK(event.source == SourceId::none);
  CHECK(Clock::now() - start >= 30ms);
  CHECK(look(loop).kind == Kind::deadline);
  write_all(pipe.write_end.number(), "here\n");
  CHECK(loop.next_event(Clock::now() - 1h).data == "here");
}

TEST_CASE("EventLoop rings timers in order and each once") {
  EventLoop loop;
  const auto now = Clock::now();
  const auto second = loop.start_timer(now + 20ms);
  const auto first = loop.start_timer(now + 10ms);
  const auto never = loop.start_timer(now + 5ms);
  loop.start_timer(no_deadline);
  loop.remove(never);
  Event event = loop.next_event(no_deadline);
  CHECK(event.kind == Kind::timer);
  CHECK(event.source == first);
  CHECK(Clock::now() >= now + 10ms);
  event = next(loop);
  CHECK(event.kind == Kind::timer);
  CHECK(event.source == second);
  CHECK(look(loop).kind == Kind::deadline);
}

TEST_CASE("A deadline far away is without end and a short one is not") {
  CHECK(deadline_in(std::chrono::milliseconds::max()) == no_deadline);
  CHECK(deadline_in(std::chrono::hours(24 * 365 * 400)) == no_deadline);
  CHECK(deadline_in(1h) < Clock::now() + 2h);
  CHECK(deadline_in(-1h) < Clock::now() + 1s);
  CHECK(deadline_in(std::chrono::milliseconds::min()) < Clock::now() + 1s);
}

TEST_CASE("EventLoop tells a readable descriptor once and leaves it open and as it was") {
  EventLoop loop;
  const UniqueFd counter(::eventfd(0, EFD_CLOEXEC));
  const int flags = ::fcntl(counter.number(), F_GETFL);
  const auto source = loop.watch_readable(counter.number());
  const auto twice = loop.watch_readable(counter.number());
  CHECK(source != twice);
  CHECK(look(loop).kind == Kind::deadline);
  const std::uint64_t one = 1;
  REQUIRE(::write(counter.number(), &one, sizeof(one)) == sizeof(one));
  CHECK(next(loop).kind == Kind::readable);
  CHECK(next(loop).kind == Kind::readable);
  CHECK(look(loop).kind == Kind::deadline);
  CHECK(::fcntl(counter.number(), F_GETFL) == flags);
  const auto again = loop.watch_readable(counter.number());
  CHECK(next(loop).source == again);
}

TEST_CASE("Reading does not make a shared descriptor non-blocking") {
  EventLoop loop;
  auto pipe = make_pipe().value();
  const UniqueFd shared(::fcntl(pipe.read_end.number(), F_DUPFD_CLOEXEC, 0));
  loop.watch_lines(std::move(pipe.read_end), 100);
  write_all(pipe.write_end.number(), "x\n");
  CHECK(next(loop).data == "x");
  CHECK((::fcntl(shared.number(), F_GETFL) & O_NONBLOCK) == 0);
}

TEST_CASE("EventLoop tells signals one after another") {
  EventLoop loop;
  const auto source = loop.watch_signals({SIGUSR1, SIGUSR2});
  for (const int number : {SIGUSR1, SIGUSR2, SIGUSR1}) {
    ::raise(number);
    const Event event = next(loop);
    CHECK(event.kind == Kind::signal);
    CHECK(event.source == source);
    CHECK(event.number == number);
  }
  CHECK(look(loop).kind == Kind::deadline);
}

TEST_CASE("EventLoop sends 10 MB to a slow reader and reads its answers meanwhile") {
  EventLoop loop;
  auto sockets = make_socket_pair().value();
  const auto source = loop.watch_lines(std::move(sockets.ours), 100);
  const std::string bytes(10'000'000, 's');
  std::size_t received = 0;
  std::thread reader([&] {
    std::vector<char> buffer(1'000);
    while (received < bytes.size()) {
      const ssize_t count = ::read(sockets.theirs.number(), buffer.data(), buffer.size());
      if (count <= 0) return;
      received += static_cast<std::size_t>(count);
      if (received % 1'000'000 < static_cast<std::size_t>(count)) {
        write_all(sockets.theirs.number(), "mark\n");
      }
    }
  });
  loop.send(source, bytes);
  int marks = 0;
  int sent = 0;
  while (marks < 10 || sent < 1) {
    const Event event = next(loop);
    REQUIRE((event.kind == Kind::line || event.kind == Kind::sent));
    marks += event.kind == Kind::line ? 1 : 0;
    sent += event.kind == Kind::sent ? 1 : 0;
  }
  reader.join();
  CHECK(received == bytes.size());
  CHECK(sent == 1);
}

TEST_CASE("EventLoop sends through a pipe what was given in pieces") {
  EventLoop loop;
  auto pipe = make_pipe().value();
  const auto writer = loop.watch_writer(std::move(pipe.write_end));
  const auto reader = loop.watch_bytes(std::move(pipe.read_end));
  std::string expected;
  for (int i = 0; i < 20; ++i) {
    const std::string piece(50'000, static_cast<char>('a' + i));
    expected += piece;
    loop.send(writer, piece);
  }
  loop.send(writer, "");
  std::string received;
  bool sent = false;
  while (received.size() < expected.size() || !sent) {
    const Event event = next(loop);
    REQUIRE((event.kind == Kind::bytes || event.kind == Kind::sent));
    if (event.kind == Kind::bytes) {
      CHECK(event.source == reader);
      received += event.data;
    } else {
      sent = true;
    }
  }
  CHECK(received == expected);
  loop.send(writer, "");
  CHECK(next(loop).kind == Kind::sent);
}

TEST_CASE("I5 Sending to a gone reader is told once and raises no SIGPIPE") {
  const auto before = std::signal(SIGPIPE, SIG_DFL);
  EventLoop loop;
  auto pipe = make_pipe().value();
  auto sockets = make_socket_pair().value();
  const auto to_pipe = loop.watch_writer(std::move(pipe.write_end));
  const auto to_socket = loop.watch_writer(std::move(sockets.ours));
  pipe.read_end.reset();
  sockets.theirs.reset();
  for (const auto source : {to_pipe, to_socket}) {
    loop.send(source, "hello");
    const Event event = next(loop);
    CHECK(event.kind == Kind::send_failed);
    CHECK(event.source == source);
    loop.send(source, "again");
    CHECK(look(loop).kind == Kind::deadline);
  }
  sigset_t pending;
  ::sigpending(&pending);
  CHECK(::sigismember(&pending, SIGPIPE) == 0);
  std::signal(SIGPIPE, before);
}

TEST_CASE("A reader that goes away in the middle is told") {
  EventLoop loop;
  auto pipe = make_pipe().value();
  const auto source = loop.watch_writer(std::move(pipe.write_end));
  loop.send(source, std::string(1'000'000, 'x'));
  CHECK(look(loop).kind == Kind::deadline);
  pipe.read_end.reset();
  CHECK(next(loop).kind == Kind::send_failed);
}

TEST_CASE("A socket can still be sent to after its peer has shut down writing") {
  EventLoop loop;
  auto sockets = make_socket_pair().value();
  const auto source = loop.watch_lines(std::move(sockets.ours), 100);
  ::shutdown(sockets.theirs.number(), SHUT_WR);
  CHECK(next(loop).kind == Kind::eof);
  loop.send(source, "still");
  CHECK(next(loop).kind == Kind::sent);
  CHECK(unread(sockets.theirs.number()) == 5);
}

TEST_CASE("EventLoop leaves the flags of what it writes to alone, and does not block (D7)") {
  EventLoop loop;
  auto pipe = make_pipe().value();
  const int number = pipe.write_end.number();
  const auto writer = loop.watch_writer(std::move(pipe.write_end));
  loop.send(writer, std::string(1'000'000, 'x'));
  CHECK((::fcntl(number, F_GETFL) & O_NONBLOCK) == 0);
  CHECK(look(loop).kind == Kind::deadline);
}

TEST_CASE("EventLoop reads nothing of a paused source until it is resumed (D7)") {
  EventLoop loop;
  auto pipe = make_pipe().value();
  const auto source = loop.watch_bytes(std::move(pipe.read_end));
  loop.pause(source);
  REQUIRE(write_all(pipe.write_end.number(), "first"));
  pipe.write_end.reset();
  CHECK(look(loop).kind == Kind::deadline);
  loop.resume(source);
  CHECK(next(loop).data == "first");
  CHECK(next(loop).kind == Kind::eof);
}

TEST_CASE("EventLoop drains a paused source") {
  EventLoop loop;
  auto pipe = make_pipe().value();
  const auto source = loop.watch_bytes(std::move(pipe.read_end));
  loop.pause(source);
  REQUIRE(write_all(pipe.write_end.number(), "last"));
  const auto drained = loop.drain(source);
  REQUIRE(drained.size() == 1);
  CHECK(drained.front().data == "last");
}

TEST_CASE("A removed source is closed and silent") {
  EventLoop loop;
  auto first = make_pipe().value();
  auto second = make_pipe().value();
  const int number = first.read_end.number();
  const auto removed = loop.watch_lines(std::move(first.read_end), 100);
  const auto kept = loop.watch_lines(std::move(second.read_end), 100);
  write_all(first.write_end.number(), "a\nb\nc\n");
  CHECK(next(loop).data == "a");
  write_all(second.write_end.number(), "z\n");
  loop.remove(removed);
  CHECK(::fcntl(number, F_GETFD) < 0);
  const Event event = next(loop);
  CHECK(event.source == kept);
  CHECK(event.data == "z");
  CHECK(look(loop).kind == Kind::deadline);
  loop.remove(removed);
  loop.remove(SourceId::none);
  loop.send(removed, "nobody");
  CHECK(loop.drain(removed).empty());
  CHECK(look(loop).kind == Kind::deadline);
}

TEST_CASE("drain returns what waits and what is there and the unfinished line") {
  EventLoop loop;
  auto pipe = make_pipe().value();
  const auto source = loop.watch_lines(std::move(pipe.read_end), 100);
  write_all(pipe.write_end.number(), "one\ntwo\n");
  CHECK(next(loop).data == "one");
  write_all(pipe.write_end.number(), "three\nunfini");
  CHECK(texts(loop.drain(source)) == Texts{"two", "three", "unfini"});
  CHECK(loop.drain(source).empty());
  write_all(pipe.write_end.number(), "four\n");
  CHECK(next(loop).data == "four");
  write_all(pipe.write_end.number(), "five");
  pipe.write_end.reset();
  CHECK(texts(loop.drain(source)) == Texts{"five", "<eof>"});
  CHECK(look(loop).kind == Kind::deadline);
}

TEST_CASE("drain returns all that a full pipe and a full socket hold") {
  EventLoop loop;
  auto pipe = make_pipe().value();
  REQUIRE(::fcntl(pipe.write_end.number(), F_SETPIPE_SZ, 1 << 20) >= 1 << 20);
  auto sockets = make_socket_pair().value();
  const auto fill = [](int fd) {
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
    std::size_t total = 0;
    const std::string chunk(10'000, 'f');
    for (;;) {
      const ssize_t count = ::write(fd, chunk.data(), chunk.size());
      if (count < 0) return total;
      total += static_cast<std::size_t>(count);
    }
  };
  for (const bool ended : {false, true}) {
    CAPTURE(ended);
    auto fresh = make_pipe().value();
    const std::size_t expected = fill(fresh.write_end.number());
    const auto source = loop.watch_bytes(std::move(fresh.read_end));
    if (ended) fresh.write_end.reset();
    std::size_t total = 0;
    const auto events = loop.drain(source);
    for (const auto& event : events) total += event.data.size();
    CHECK(total == expected);
    CHECK((events.back().kind == Kind::eof) == ended);
  }
  const std::size_t in_pipe = fill(pipe.write_end.number());
  const std::size_t in_socket = fill(sockets.theirs.number());
  std::size_t total = 0;
  for (const auto& event : loop.drain(loop.watch_bytes(std::move(pipe.read_end)))) {
    total += event.data.size();
  }
  CHECK(total == in_pipe);
  total = 0;
  for (const auto& event : loop.drain(loop.watch_bytes(std::move(sockets.ours)))) {
    total += event.data.size();
  }
  CHECK(total == in_socket);
}

TEST_CASE("drain stops after what is there although more can always be read") {
  EventLoop loop;
  // A file that is made as it is read: much longer than one read of it, and no length is told.
  const auto source =
      loop.watch_lines(UniqueFd(::open("/proc/self/smaps", O_RDONLY | O_CLOEXEC)), 10'000);
  const auto drained = loop.drain(source);
  REQUIRE(!drained.empty());
  CHECK(drained.back().kind == Kind::line);
  std::size_t lines = 0;
  Event event = next(loop);
  for (; event.kind == Kind::line; event = next(loop)) ++lines;
  CHECK(event.kind == Kind::eof);
  CHECK(lines > drained.size());
}

TEST_CASE("D6 EventLoop reads a flood no faster than it is taken and forgets nobody meanwhile") {
  EventLoop loop;
  auto flood = make_socket_pair().value();
  auto quiet = make_pipe().value();
  const auto flooded = loop.watch_lines(std::move(flood.ours), 100);
  const auto other = loop.watch_lines(std::move(quiet.read_end), 100);
  const auto timer = loop.start_timer(Clock::now());
  const std::string chunk = std::string(99, 'f') + "\n";
  constexpr std::size_t total_lines = 100'000;
  std::atomic<std::size_t> written = 0;
  std::thread writer([&] {
    for (std::size_t i = 0; i < total_lines && write_all(flood.theirs.number(), chunk); ++i) {
      written += chunk.size();
    }
  });
  write_all(quiet.write_end.number(), "calm\n");
  std::size_t lines = 0;
  std::size_t calm_after = 0;
  std::size_t timer_after = 0;
  std::size_t most_ahead = 0;
  while (lines < total_lines) {
    const Event event = next(loop);
    if (event.source == flooded) ++lines;
    if (event.source == other) calm_after = lines + 1;
    if (event.source == timer) timer_after = lines + 1;
    const std::size_t taken = lines * chunk.size();
    const std::size_t put = written;
    most_ahead = std::max(most_ahead, put - std::min(put, taken));
  }
  writer.join();
  CHECK(calm_after > 0);
  CHECK(calm_after < total_lines / 2);
  CHECK(timer_after > 0);
  CHECK(timer_after < total_lines / 2);
  CHECK(most_ahead < (1 << 20));
}

TEST_CASE("EventLoop reads regular files and devices and takes them for ready") {
  EventLoop loop;
  const std::string path = "event_loop_test." + std::to_string(::getpid());
  std::ofstream(path) << "first\nsecond\n";
  const auto source = loop.watch_lines(UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), 100);
  ::unlink(path.c_str());
  CHECK(next(loop).data == "first");
  CHECK(next(loop).data == "second");
  const Event end = next(loop);
  CHECK(end.kind == Kind::eof);
  CHECK(end.source == source);
  loop.watch_bytes(UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)));
  CHECK(next(loop).kind == Kind::eof);
  const auto null = loop.watch_writer(UniqueFd(::open("/dev/null", O_WRONLY | O_CLOEXEC)));
  loop.send(null, "gone");
  CHECK(next(loop).kind == Kind::sent);
}

TEST_CASE("A descriptor that cannot be watched is told at once") {
  EventLoop loop;
  loop.watch_lines(UniqueFd(), 100);
  CHECK(next(loop).kind == Kind::eof);
  loop.watch_exit(-1);
  CHECK(next(loop).kind == Kind::exited);
  loop.watch_readable(-1);
  CHECK(next(loop).kind == Kind::readable);
  const auto writer = loop.watch_writer(UniqueFd());
  loop.send(writer, "x");
  CHECK(next(loop).kind == Kind::send_failed);
}

TEST_CASE("EventLoop can be moved while it watches") {
  auto pipe = make_pipe().value();
  EventLoop loop;
  const auto source = loop.watch_lines(std::move(pipe.read_end), 100);
  EventLoop moved = std::move(loop);
  write_all(pipe.write_end.number(), "moved\n");
  const Event event = next(moved);
  CHECK(event.source == source);
  CHECK(event.data == "moved");
}

TEST_SUITE_END();
