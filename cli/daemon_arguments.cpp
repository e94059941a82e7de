// axle daemon: its actions and their options.
#include "cli/daemon_arguments.hpp"

#include "cli/command_arguments.hpp"
#include "cli/command_words.hpp"
#include "cli/option_parser.hpp"
#include "cli/quantity.hpp"
#include "cli/report_options.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>

namespace axle::cli {
Result<Arguments> parse_daemon(std::span<const std::string> words, const OptionFiles& files) {
  constexpr std::array<std::string_view, 5> actions{"start", "stop", "status", "logs", "run"};
  OptionParser parser(Command::daemon, files);
  DaemonArguments arguments;
  std::string idle;
  parser.argument({.name = "ACTION", .choices = {actions.begin(), actions.end()}});
  constexpr auto here = Standing::command_line;
  FormatOption format;
  parser.flag("status", "--json", arguments.json, "A JSON list", here);
  format.add_to(parser, "status", "a JSON list", here);
  parser.option("run", "--idle-exit", "TIME", idle, "Leave when idle for so long (10m)", {}, here);
  parser.flag("run", "--background", arguments.in_background, "Return when it listens", here);
  TRY(const auto parsed, parser.parse(words));
  if (parsed == OptionParser::Parsed::help_wanted) return parser.help();
  TRY(const auto wanted, format.format());
  arguments.json = arguments.json || wanted == Format::json;
  const auto& said = parser.words();
  if (said.size() > 1) {
    return fail(errc::usage,
                fmt::format("axle daemon takes one ACTION; \"{}\" is one too many", said[1]),
                see_help(Command::daemon));
  }
  TRY(arguments.action,
      action_of<DaemonArguments::Action>(
          Command::daemon, said.empty() ? "status" : said[0], actions));
  if (!idle.empty()) {
    TRY(arguments.idle, parse_duration(idle));
  }
  return arguments;
}

}  // namespace axle::cli
