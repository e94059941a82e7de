#include "cli/lane.hpp"

#include "cli/build_observer.hpp"
#include "ipc/fd.hpp"
#include "tests/support/pty.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <chrono>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace axle::cli;
using namespace std::chrono_literals;
using axle::tests::Pty;
using Stream = Lane::Stream;

TEST_SUITE_BEGIN("cli::Lane");

namespace {

const Terminal::Options plain{.color = ColorChoice::never, .environment = {.term = "xterm"}};

// What a program writes that talks to a pipe, of which all is read as it comes.
template <class Program>
std::string piped(const Program& program) {
  auto pipe = axle::ipc::make_pipe().value();
  std::string text;
  std::thread reader([&text, fd = pipe.read_end.number()] {
    char buffer[65536];
    for (ssize_t count = 0; (count = ::read(fd, buffer, sizeof buffer)) > 0;) {
      text.append(buffer, static_cast<std::size_t>(count));
    }
  });
  {
    Terminal terminal(pipe.write_end.number(), plain);
    program(terminal);
  }
  pipe.write_end.reset();
  reader.join();
  return text;
}

}  // namespace

TEST_CASE("Lane of a build by itself is the terminal") {
  CHECK(piped([](Terminal& terminal) {
          Lane lane(terminal);
          lane.relay(Stream::out, "half");
          lane.relay(Stream::err, " a line");
          lane.print("ours");
        }) == "half a line\nours\n");
}

TEST_CASE("Lane beside others labels every line, whole, each stream for itself") {
  CHECK(piped([](Terminal& terminal) {
          Overview overview(terminal, 2);
          Lane lane(overview, "pluggy");
          Lane other(overview, "tox");
          lane.relay(Stream::out, "run");
          lane.relay(Stream::err, "warning\nmore");
          other.relay(Stream::out, "one\n\ntwo\n");
          lane.relay(Stream::out, "ning\nlast");
          lane.print("error: x\n  because\n");
        }) ==
        "pluggy: warning\n"
        "tox: one\ntox:\ntox: two\n"
        "pluggy: running\n"
        "pluggy: last\npluggy: more\n"
        "pluggy: error: x\npluggy:   because\n");
}

TEST_CASE("D6 Lane gives a line without end away in pieces") {
  const std::string piece(Lane::longest_line, 'x');
  const std::string text = piped([&](Terminal& terminal) {
    Overview overview(terminal, 1);
    Lane lane(overview, "a");
    for (int i = 0; i < 64; ++i) lane.relay(Stream::out, piece);
  });
  CHECK(text.size() > 64 * piece.size());
  CHECK(text.starts_with("a: xx"));
  CHECK(text.contains("x\na: x"));
}

TEST_CASE("N9 Lane makes what a backend prints harmless where a terminal reads") {
  Pty pty;
  Terminal terminal(pty.terminal(), plain);
  Overview overview(terminal, 1);
  Lane lane(overview, "a");
  lane.relay(Stream::out, "x\x1b]0;t\x07\n");
  CHECK(pty.read_until("t\\x07\n").contains("a: x\\x1b]0;t\\x07\n"));
}

TEST_CASE("Lanes of many threads keep each line whole") {
  constexpr int lines = 500;
  const std::string text = piped([](Terminal& terminal) {
    Overview overview(terminal, 4);
    std::vector<std::thread> threads;
    for (const char* name : {"a", "b", "c", "d"}) {
      threads.emplace_back([&overview, name] {
        BuildObserver observer(overview, name, Verbosity::verbose);
        const axle::frontend::Activity hook{
            axle::frontend::Activity::Kind::run_hook, "build_wheel", "."};
        observer.started(hook);
        for (int i = 0; i < lines; ++i) {
          observer.output(Stream::out, std::string("line ") + name);
          observer.output(Stream::out, " " + std::to_string(i) + "\n");
        }
        observer.finished(hook, true, 1ms);
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  std::map<std::string, int> seen;
  std::istringstream all(text);
  for (std::string line; std::getline(all, line);) {
    const std::string name = line.substr(0, 1);
    if (line == name + ":   Building a wheel") continue;
    CHECK(line == name + ": line " + name + " " + std::to_string(seen[name]++));
  }
  for (const char* name : {"a", "b", "c", "d"}) CHECK(seen[name] == lines);
}

TEST_CASE("Overview tells how many builds run and what they do") {
  Pty pty(200);
  Terminal terminal(pty.terminal(), plain);
  {
    Overview overview(terminal, 3);
    Lane first(overview, "a");
    {
      Lane second(overview, "b");
      first.show_activity("Building a wheel", Terminal::Clock::now());
      second.show_activity("Starting x", Terminal::Clock::now());
      CHECK(pty.read_until("Starting x")
                .contains("2 running, 0 of 3 done: a: Building a wheel; b: Starting x"));
    }
    CHECK(pty.read_until("1 of 3").contains("1 running, 1 of 3 done: a: Building a wheel"));
  }
  CHECK(pty.read_rest().ends_with("\r\x1b[K"));
}

TEST_SUITE_END();
