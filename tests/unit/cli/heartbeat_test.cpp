#include "cli/heartbeat.hpp"

#include "cli/build_observer.hpp"
#include "ipc/fd.hpp"

#include <doctest/doctest.h>

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <string>

using namespace axle::cli;
using namespace std::chrono_literals;
using axle::frontend::Activity;
using axle::frontend::Observer;

TEST_SUITE_BEGIN("cli::Heartbeat");

namespace {

// The first sign of life that has `part` in it; it has half a minute to come.
struct FirstSign {
  std::string part = {};
  std::promise<std::string> promise = {};
  bool told = false;
  Heartbeat heartbeat{1ms, [this](const std::string& line) {
                        if (line.find(part) == line.npos) return;
                        if (!std::exchange(told, true)) promise.set_value(line);
                      }};

  std::string wait() {
    auto future = promise.get_future();
    REQUIRE(future.wait_for(30s) == std::future_status::ready);
    return future.get();
  }
};

}  // namespace

TEST_CASE("A sign of life says what is being done, and since when") {
  FirstSign sign;
  sign.heartbeat.begin("Building a wheel", Heartbeat::Clock::now() - 90s);
  CHECK(sign.wait() == "still building a wheel (1 min 30 s)");
}

TEST_CASE("A sign of life shows the last line that was printed, made safe") {
  FirstSign sign{.part = "last output: "};
  sign.heartbeat.begin("Building a wheel", Heartbeat::Clock::now());
  sign.heartbeat.heard("cc a.c\ncc \x1b]0;b.c\n\n");
  const std::string line = sign.wait();
  CHECK(line.find("last output: cc \\x1b]0;b.c)") != line.npos);
}

TEST_CASE("A build that says nothing for long gives a sign of life where no progress is drawn") {
  auto pipe = axle::ipc::make_pipe().value();
  Terminal terminal(pipe.write_end.number(), {.color = ColorChoice::never});
  BuildObserver observer(terminal, Verbosity::normal, 50ms);
  observer.started({Activity::Kind::run_hook, "build_wheel", "."});
  observer.output(Observer::Stream::err, "cc parser.c\n");
  std::string text;
  while (text.find("last output: cc parser.c)\n") == text.npos) {
    pollfd readable{pipe.read_end.number(), POLLIN, 0};
    REQUIRE(::poll(&readable, 1, 30'000) == 1);
    char buffer[4096];
    const ssize_t count = ::read(pipe.read_end.number(), buffer, sizeof buffer);
    REQUIRE(count > 0);
    text.append(buffer, static_cast<std::size_t>(count));
  }
  CHECK(text.find("  still building a wheel (") != text.npos);
}

TEST_CASE("Whoever wants to know of errors alone gets no sign of life") {
  auto pipe = axle::ipc::make_pipe().value();
  {
    Terminal terminal(pipe.write_end.number(), {.color = ColorChoice::never});
    BuildObserver observer(terminal, Verbosity::errors, 1ms);
    FirstSign other;  // by the time that it has given one, this one would have
    observer.started({Activity::Kind::run_hook, "build_wheel", "."});
    other.heartbeat.begin("Building a wheel");
    other.wait();
  }
  pipe.write_end.reset();
  char byte = 0;
  CHECK(::read(pipe.read_end.number(), &byte, 1) == 0);
}
