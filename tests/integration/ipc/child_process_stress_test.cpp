// Many children, many threads: each of these lost children, descriptors or time with plain
// Boost.Process.
#include "ipc/child_process.hpp"
#include "ipc/event_loop.hpp"
#include "tests/integration/ipc/forked.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using axle::ipc::ChildProcess;
using axle::ipc::Clock;
using axle::ipc::deadline_in;
using axle::ipc::Event;
using axle::ipc::EventLoop;
using axle::ipc::SourceId;
using axle::ipc::SpawnOptions;
using axle::ipc::Stdio;
using axle::ipc::UniqueFd;
using axle::test::count_open_fds;
using axle::test::has_no_children;
using Kind = axle::ipc::Event::Kind;

TEST_SUITE_BEGIN("ipc::ChildProcess stress");

namespace {

SpawnOptions subject(std::vector<std::string> arguments) {
  return {
      .program = AXLE_PROCESS_SUBJECT, .arguments = std::move(arguments), .stdout_ = Stdio::pipe()};
}

}  // namespace

TEST_CASE("A thousand children beside sleepers are all told and leave nothing behind") {
  constexpr int total = 1000;
  constexpr std::size_t at_a_time = 20;
  const int fds_before = count_open_fds();
  {
    EventLoop loop;
    std::vector<ChildProcess> sleepers;
    std::map<SourceId, std::size_t> sleeping;
    for (std::size_t i = 0; i < 4; ++i) {
      sleepers.push_back(ChildProcess::spawn(subject({"wait"})).value());
      sleeping[loop.watch_exit(sleepers.back().pidfd())] = i;
    }
    struct Running {
      ChildProcess child;
      SourceId output;
      int code;
    };
    std::map<SourceId, Running> running;
    int started = 0;
    int told = 0;
    int wrong = 0;
    while (told < total) {
      while (started < total && running.size() < at_a_time) {
        const int code = started++ % 200;
        auto child = ChildProcess::spawn(subject({"exit", std::to_string(code)}));
        REQUIRE_MESSAGE(child, child.error().message);
        const auto output = loop.watch_lines(child->take_stdout(), 100);
        const auto exit = loop.watch_exit(child->pidfd());
        running.emplace(exit, Running{std::move(*child), output, code});
      }
      const Event event = loop.next_event(deadline_in(20s));
      REQUIRE(event.kind != Kind::deadline);
      if (event.kind != Kind::exited) continue;
      REQUIRE(!sleeping.contains(event.source));
      auto found = running.find(event.source);
      REQUIRE(found != running.end());
      const auto status = found->second.child.try_reap();
      REQUIRE(status);
      wrong += status->code == found->second.code ? 0 : 1;
      loop.remove(found->second.output);
      running.erase(found);
      ++told;
    }
    CHECK(wrong == 0);
    for (auto& sleeper : sleepers) CHECK(!sleeper.try_reap());
  }
  CHECK(has_no_children());
  CHECK(count_open_fds() == fds_before);
}

TEST_CASE("Four threads start children and four others are told of every end") {
  constexpr int threads = 4;
  constexpr int each = 150;
  struct Lane {
    std::mutex mutex;
    std::deque<ChildProcess> handed_over;
    UniqueFd bell{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    int told = 0;
    int wrong = 0;
  };
  std::array<Lane, threads> lanes;
  std::atomic<int> not_started = 0;
  const int fds_before = count_open_fds();
  std::vector<std::thread> all;
  for (Lane& lane : lanes) {
    all.emplace_back([&lane, &not_started] {
      for (int i = 0; i < each; ++i) {
        auto child = ChildProcess::spawn(subject({"exit", "3"}));
        if (!child) {
          ++not_started;
          continue;
        }
        const std::scoped_lock lock(lane.mutex);
        lane.handed_over.push_back(std::move(*child));
        const std::uint64_t one = 1;
        (void)!::write(lane.bell.number(), &one, sizeof(one));
      }
    });
    all.emplace_back([&lane] {
      EventLoop loop;
      std::map<SourceId, ChildProcess> running;
      auto bell = loop.watch_readable(lane.bell.number());
      while (lane.told < each) {
        const Event event = loop.next_event(deadline_in(30s));
        if (event.kind == Kind::deadline) return;
        if (event.source == bell) {
          std::uint64_t rung = 0;
          (void)!::read(lane.bell.number(), &rung, sizeof(rung));
          const std::scoped_lock lock(lane.mutex);
          for (; !lane.handed_over.empty(); lane.handed_over.pop_front()) {
            const auto source = loop.watch_exit(lane.handed_over.front().pidfd());
            running.emplace(source, std::move(lane.handed_over.front()));
          }
          bell = loop.watch_readable(lane.bell.number());
        } else {
          const auto found = running.find(event.source);
          lane.wrong += found->second.reap().code == 3 ? 0 : 1;
          running.erase(found);
          ++lane.told;
        }
      }
    });
  }
  for (auto& thread : all) thread.join();
  CHECK(not_started == 0);
  for (const Lane& lane : lanes) {
    CHECK(lane.told == each);
    CHECK(lane.wrong == 0);
  }
  CHECK(has_no_children());
  CHECK(count_open_fds() == fds_before);
}

TEST_CASE("Extra descriptors land right while other threads open and close theirs") {
  std::atomic<bool> enough = false;
  std::vector<std::thread> restless;
  for (int i = 0; i < 2; ++i) {
    restless.emplace_back([&] {
      while (!enough) {
        const UniqueFd one(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        const UniqueFd two(::open("/dev/null", O_RDONLY | O_CLOEXEC));
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    auto pipe = axle::ipc::make_pipe().value();
    auto options = subject({"extra", "6"});
    options.stdout_ = Stdio::null();
    options.extra_fds.assign(6, pipe.write_end.number());
    auto child = ChildProcess::spawn(options);
    REQUIRE_MESSAGE(child, child.error().message);
    CHECK(child->reap().success());
    std::array<char, 100> buffer{};
    const ssize_t count = ::read(pipe.read_end.number(), buffer.data(), buffer.size());
    REQUIRE(count > 0);
    CHECK(std::string(buffer.data(), static_cast<std::size_t>(count)) ==
          "I am 3\nI am 4\nI am 5\nI am 6\nI am 7\nI am 8\n");
  }
  enough = true;
  for (auto& thread : restless) thread.join();
}

TEST_SUITE_END();
