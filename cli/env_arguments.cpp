// axle env: its actions and their options.
#include "cli/env_arguments.hpp"

#include "cli/command_arguments.hpp"
#include "cli/command_words.hpp"
#include "cli/common_options.hpp"
#include "cli/kind_options.hpp"
#include "cli/option_parser.hpp"
#include "cli/quantity.hpp"
#include "cli/report_options.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>

namespace axle::cli {
Result<Arguments> parse_env(std::span<const std::string> words, const OptionFiles& files) {
  using Action = EnvArguments::Action;
  constexpr std::array<std::string_view, 4> actions{"list", "path", "prune", "clear"};
  OptionParser parser(Command::env, files);
  KindOptions kinds;
  CommonOptions common;
  EnvArguments arguments;
  std::string older_than;
  parser.argument({.name = "ACTION", .choices = {actions.begin(), actions.end()}});
  parser.argument({.name = "SOURCE"});
  constexpr auto here = Standing::command_line;
  FormatOption format;
  parser.flag("list", "--json", arguments.json, "A JSON list", here);
  format.add_to(parser, "list", "a JSON list", here);
  parser.option(
      "path", "--key", "PREFIX", arguments.key, "That of a key, as list prints it", {}, here);
  kinds.add_to(parser, "path: the environment that builds (a wheel, unless you choose)");
  parser.option("prune",
                "--older-than",
                "TIME",
                older_than,
                "Unused for this time (30d); also 12h, 90m",
                {},
                here);
  common.add_to(parser);
  TRY(const auto parsed, parser.parse(words));
  if (parsed == OptionParser::Parsed::help_wanted) return parser.help();
  TRY(arguments.common, common.arguments());
  const auto& said = parser.words();
  TRY(arguments.action, action_of<Action>(Command::env, said.empty() ? "" : said[0], actions));
  const bool chooses = !arguments.key.empty() || said.size() > 1;
  TRY(arguments.kind, kinds.only_kind("an environment is for one of them"));
  const auto belongs = [&](bool given, Action action, std::string_view what) -> Result<> {
    if (!given || arguments.action == action) return {};
    return fail(
        errc::usage, fmt::format("axle env {} takes no {}", said[0], what), see_help(Command::env));
  };
  TRY(const auto wanted, format.format());
  arguments.json = arguments.json || wanted == Format::json;
  TRY(belongs(arguments.json, Action::list, "--json"));
  TRY(belongs(!arguments.key.empty(), Action::path, "--key"));
  TRY(belongs(chooses, Action::path, "SOURCE"));
  TRY(belongs(arguments.kind != frontend::ArtifactKind::wheel, Action::path, "kind of artifact"));
  TRY(belongs(!older_than.empty(), Action::prune, "--older-than"));
  if (said.size() > 2 || (said.size() == 2 && !arguments.key.empty())) {
    return fail(errc::usage, "axle env path takes one SOURCE or --key", see_help(Command::env));
  }
  if (said.size() == 2) arguments.source = said[1];
  if (!older_than.empty()) {
    TRY(arguments.older_than, parse_duration(older_than));
  }
  return arguments;
}

}  // namespace axle::cli
