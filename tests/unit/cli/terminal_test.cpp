#include "cli/terminal.hpp"

#include "ipc/fd.hpp"
#include "tests/support/pty.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <chrono>
#include <string>

using namespace axle::cli;
using namespace std::chrono_literals;
using axle::ipc::make_pipe;
using axle::tests::Pty;

TEST_SUITE_BEGIN("cli::Terminal");

namespace {

const Terminal::Options plain{.color = ColorChoice::never, .environment = {.term = "xterm"}};

// What a program writes that talks to a pipe.
template <class Program>
std::string piped(const Program& program) {
  auto pipe = make_pipe().value();
  {
    Terminal terminal(pipe.write_end.number(), plain);
    program(terminal);
  }
  pipe.write_end.reset();
  std::string text;
  char buffer[65536];
  for (ssize_t count = 0; (count = ::read(pipe.read_end.number(), buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace

TEST_CASE("Terminal writes plain lines where no terminal reads") {
  const std::string text = piped([](Terminal& terminal) {
    CHECK_FALSE(terminal.is_terminal());
    CHECK_FALSE(terminal.draws_progress());
    terminal.show_activity("Building a wheel");
    terminal.show_detail("x");
    terminal.print("one");
    terminal.print("two\n");
    terminal.hide_activity();
  });
  CHECK(text == "one\ntwo\n");
}

TEST_CASE("D6 Terminal relays bytes raw where no terminal reads") {
  const std::string bytes("\x1b[31m\0\xff\r", 8);
  const std::string text = piped([&](Terminal& terminal) {
    terminal.relay(Terminal::Stream::out, bytes);
    terminal.print("next");
    CHECK(terminal.shown(bytes) == bytes);
  });
  CHECK(text == bytes + "\nnext\n");
}

TEST_CASE("N9 Terminal relays bytes neutralised where a terminal reads, each stream for itself") {
  Pty pty;
  Terminal terminal(pty.terminal(), plain);
  terminal.relay(Terminal::Stream::out, "a\x1b]0;t\x07 \xe2\x82");
  terminal.relay(Terminal::Stream::err, "b\xff\n");
  terminal.relay(Terminal::Stream::out, "\xac\n");
  CHECK(pty.read_until("\xac\n") == "a\\x1b]0;t\\x07 b\\xff\n\xe2\x82\xac\n");
  CHECK(terminal.shown("\x1b") == "\\x1b");
}

TEST_CASE("Terminal begins its own lines at a line's begin") {
  Pty pty;
  Terminal terminal(pty.terminal(), plain);
  terminal.relay(Terminal::Stream::out, "unfinished");
  terminal.print("ours");
  CHECK(pty.read_until("ours\n") == "unfinished\nours\n");
}

TEST_CASE("Terminal draws what is being done and for how long, and erases it") {
  Pty pty;
  {
    Terminal terminal(pty.terminal(), plain);
    REQUIRE(terminal.draws_progress());
    terminal.show_activity("Building a wheel", Terminal::Clock::now() - 125s);
    CHECK(pty.read_until("5 s").starts_with("\r\x1b[K  Building a wheel  2 min 5 s"));
    terminal.show_detail("cc\x1b[2J\tfast.c");
    CHECK(pty.read_until("fast.c").contains("  cc\\x1b[2J fast.c"));
    terminal.print("line");
    CHECK(pty.read_until("line").ends_with("\r\x1b[Kline\n"));
    // Nobody redraws it but the clock.
    CHECK(pty.read_until("line\n\r\x1b[K  Building a wheel").contains("line\n\r\x1b[K  Building"));
    terminal.show_activity("Checking it");
    pty.read_until("Checking it");
  }
  CHECK(pty.read_rest().ends_with("Checking it\r\x1b[K"));
}

TEST_CASE("Terminal counts the seconds without being told") {
  Pty pty;
  Terminal terminal(pty.terminal(), plain);
  terminal.show_activity("Compiling");
  CHECK(pty.read_until("Compiling  1 s").contains("\r\x1b[K  Compiling  1 s"));
}

TEST_CASE("Terminal redraws at most ten times a second") {
  Pty pty(40);
  const auto begin = std::chrono::steady_clock::now();
  {
    Terminal terminal(pty.terminal(), plain);
    for (int i = 0; i < 20'000; ++i) terminal.show_activity("step " + std::to_string(i) + ".");
    pty.read_until("step 19999.");
  }
  const auto took = std::chrono::steady_clock::now() - begin;
  std::size_t redraws = 0;
  const std::string& seen = pty.read_rest();
  for (std::size_t at = 0; (at = seen.find("\r\x1b[K  step", at)) != std::string::npos; ++at) {
    ++redraws;
  }
  CHECK(redraws >= 1);
  CHECK(redraws <= static_cast<std::size_t>(took / 100ms) + 2);
}

TEST_CASE("Terminal keeps its line within the width") {
  Pty pty(20);
  Terminal terminal(pty.terminal(), plain);
  terminal.show_activity("Installing many many requirements");
  CHECK(pty.read_until("any").ends_with("\r\x1b[K  Installing many m"));
}

TEST_CASE("Terminal erases no unfinished line of a backend") {
  Pty pty;
  {
    Terminal terminal(pty.terminal(), plain);
    terminal.relay(Terminal::Stream::err, "half a line");
    terminal.show_activity("Building", Terminal::Clock::now() - 1h);
    terminal.relay(Terminal::Stream::err, " and the rest\n");
    pty.read_until("Building");
  }
  CHECK(pty.read_rest().starts_with("half a line and the rest\n\r\x1b[K  Building"));
}

TEST_CASE("Terminal draws no line for a dumb terminal or for who wants none") {
  const Pty pty;
  Terminal::Options options = plain;
  options.environment.term = "dumb";
  CHECK_FALSE(Terminal(pty.terminal(), options).draws_progress());
  CHECK(Terminal(pty.terminal(), options).is_terminal());
  options = plain;
  options.progress = Terminal::Progress::hidden;
  CHECK_FALSE(Terminal(pty.terminal(), options).draws_progress());
}

TEST_CASE("Terminal says that it is stopping once it was asked to") {
  Pty pty;
  auto stop = make_pipe().value();
  Terminal::Options options = plain;
  options.stop_fd = stop.read_end.number();
  Terminal terminal(pty.terminal(), options);
  terminal.show_activity("Building");
  pty.read_until("Building");
  stop.write_end.reset();
  CHECK(pty.read_until("Stopping").ends_with("  Stopping: Building  1 s"));
}

TEST_CASE("F4 Terminal drops what it cannot write to a terminal that was closed") {
  Pty pty;
  const int terminal_fd = ::dup(pty.terminal());
  {
    Terminal terminal(terminal_fd, plain);
    terminal.show_activity("Building");
    pty.read_until("Building");
    pty.hang_up();
    terminal.print("nobody reads this");
    terminal.relay(Terminal::Stream::out, std::string(1'000'000, 'x'));
  }
  ::close(terminal_fd);
}

TEST_CASE("Text is cut at a character and wide characters count twice") {
  CHECK(fit_columns("abc", 3) == "abc");
  CHECK(fit_columns("abc", 2) == "ab");
  CHECK(fit_columns("éàü", 2) == "éà");
  CHECK(fit_columns("日本語", 5) == "日本");
  CHECK(fit_columns("🐍🐍", 2) == "🐍");
  CHECK(fit_columns("", 5).empty());
  CHECK(fit_columns("a", 0).empty());
}

TEST_SUITE_END();
