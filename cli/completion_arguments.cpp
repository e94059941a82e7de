// axle completion, and the description of all commands that it takes.
#include "cli/command_arguments.hpp"
#include "cli/completion.hpp"
#include "cli/option_parser.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <variant>

namespace axle::cli {

std::vector<CommandDescription> all_commands() {
  std::vector<CommandDescription> found;
  const std::vector<std::string> only_help{"--help"};
  for (const std::string_view name : command_names()) {
    const auto arguments = parse_with(*command_of(name), only_help, {});
    if (const Help* help = arguments ? std::get_if<Help>(&*arguments) : nullptr) {
      found.push_back(help->description);
    }
  }
  return found;
}

Result<Arguments> parse_completion(std::span<const std::string> words) {
  OptionParser parser(Command::completion, {});
  parser.argument({.name = "SHELL", .choices = {shell_names().begin(), shell_names().end()}});
  TRY(const auto parsed, parser.parse(words));
  if (parsed == OptionParser::Parsed::help_wanted) return parser.help();
  const auto& said = parser.words();
  const auto shells = fmt::format("one of {}", fmt::join(shell_names(), ", "));
  if (said.size() != 1)
    return fail(errc::usage, "axle completion needs the name of a shell", shells);
  const auto shell = shell_of(said[0]);
  if (!shell) {
    return fail(errc::usage,
                fmt::format("axle knows no completion for \"{}\"", said[0]),
                did_you_mean(said[0], shell_names(), shells));
  }
  return Help{.text = completion_script(*shell, all_commands())};
}

}  // namespace axle::cli
