#include "cli/ci_log.hpp"

#include "ipc/fd.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <array>
#include <regex>
#include <string>

using namespace axle;
using namespace axle::cli;

TEST_SUITE_BEGIN("cli::CiLog");

namespace {

// What a service reads of what `use` writes.
template <class Use>
std::string log_of(CiService service, Use use) {
  auto pipe = ipc::make_pipe();
  REQUIRE(pipe);
  {
    Terminal terminal(pipe->write_end.number(), ci_terminal(service, {.environment = {}}));
    CiLog log(service, terminal);
    use(log, terminal);
  }
  pipe->write_end.reset();
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t size = 1; size > 0;) {
    size = ::read(pipe->read_end.number(), buffer.data(), buffer.size());
    if (size > 0) text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  // The same each time.
  text = std::regex_replace(text, std::regex("[0-9a-f]{32}"), "TOKEN");
  return std::regex_replace(text, std::regex(":[0-9]{9,}:"), ":TIME:");
}

}  // namespace

TEST_CASE("On GitHub nothing that is printed is a command") {
  CHECK(log_of(CiService::github, [](CiLog&, Terminal& terminal) {
          terminal.print("ours");
          terminal.relay(Terminal::Stream::out, "::add-path::/evil\n");
        }) == "::stop-commands::TOKEN\nours\n::add-path::/evil\n::TOKEN::\n");
}

TEST_CASE("On GitHub groups and errors are commands between what is printed") {
  CHECK(log_of(CiService::github,
               [](CiLog& log, Terminal& terminal) {
                 log.open_group("a\tb\nc");
                 terminal.relay(Terminal::Stream::err, "half a line");
                 log.open_group("d");
                 log.close_group();
                 log.close_group();
                 terminal.print("more");
                 log.annotate({.message = "no"});
               }) ==
        "::group::a b c\n::stop-commands::TOKEN\nhalf a line\n::TOKEN::\n::endgroup::\n"
        "::group::d\n::endgroup::\n::stop-commands::TOKEN\nmore\n::TOKEN::\n::error::no\n");
}

TEST_CASE("Where nothing is printed a service is told nothing") {
  CHECK(log_of(CiService::github, [](CiLog&, Terminal&) {}).empty());
  CHECK(log_of(CiService::gitlab, [](CiLog&, Terminal&) {}).empty());
}

TEST_CASE("On GitLab groups are sections of their own, closed at the end") {
  CHECK(
      log_of(CiService::gitlab,
             [](CiLog& log, Terminal& terminal) {
               log.open_group("a");
               terminal.print("ours");
               log.open_group("b");
             }) ==
      "\x1b[0Ksection_start:TIME:axle_1\r\x1b[0Ka\nours\n\x1b[0Ksection_end:TIME:axle_1\r\x1b[0K\n"
      "\x1b[0Ksection_start:TIME:axle_2\r\x1b[0Kb\n\x1b[0Ksection_end:TIME:axle_2\r\x1b[0K\n");
}

TEST_CASE("Other services, and people, are told no more than text") {
  for (const CiService service : {CiService::none, CiService::generic}) {
    CHECK(log_of(service, [](CiLog& log, Terminal& terminal) {
            CHECK_FALSE(log.has_groups());
            log.open_group("a");
            terminal.print("ours");
            log.annotate({.message = "no"});
          }) == "ours\n");
  }
}

TEST_CASE("In CI there are colours only where somebody asks for them") {
  const ColorEnvironment asking{
      .no_color = "", .force_color = "1", .clicolor_force = "", .term = "xterm"};
  const auto wanted = [](const Terminal::Options& options) {
    return colors_wanted(options.color, true, options.environment);
  };
  CHECK(wanted(ci_terminal(
      CiService::none,
      {.environment = {
           .no_color = "", .force_color = "", .clicolor_force = "", .term = "xterm"}})));
  CHECK_FALSE(wanted(ci_terminal(
      CiService::generic,
      {.environment = {
           .no_color = "", .force_color = "", .clicolor_force = "", .term = "xterm"}})));
  CHECK(wanted(ci_terminal(CiService::github, {.environment = asking})));
  CHECK(wanted(ci_terminal(CiService::github, {.color = ColorChoice::always})));
}
