#include "cli/completion.hpp"
#include "cli/help.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace axle::cli {
namespace {

// Works as a file on $fpath and where it is read with eval.
constexpr std::string_view head = R"~(#compdef axle
# Completion of axle in zsh; printed by "axle completion zsh".

_axle_sources() { _alternative 'sdists:sdist:_files -g "*.tar.gz"' 'trees:source tree:_files -/' }

_axle() {
  local curcontext="$curcontext" state line
  local -a commands=(
)~";

constexpr std::string_view foot = R"~(      esac ;;
  esac
}

if [[ ${funcstack[1]} == _axle ]]; then _axle "$@"; else compdef _axle axle; fi
)~";

// As a part of a specification within single quotes.
std::string in_quotes(std::string_view text) {
  std::string safe;
  for (const char letter : text) {
    if (letter == '\'') {
      safe += "'\\''";
      continue;
    }
    if (letter == '[' || letter == ']' || letter == ':' || letter == '\\') safe += '\\';
    safe += letter;
  }
  return safe;
}

std::string filling(Completes completes, const std::vector<std::string>& choices) {
  switch (completes) {
    case Completes::choices: return fmt::format("({})", fmt::join(choices, " "));
    case Completes::folders: return "_files -/";
    case Completes::files: return "_files";
    case Completes::sources: return "_axle_sources";
    case Completes::nothing: break;
  }
  return " ";
}

std::string branch_of(const CommandDescription& command) {
  std::string text = fmt::format("        {}) _arguments -s", to_string(command.command));
  for (const OptionDescription& option : command.options) {
    std::string rest = fmt::format("[{}]", in_quotes(option.text));
    if (takes_next_word(option)) {
      rest += fmt::format(
          ":{}:{}", in_quotes(option.value_name), filling(completion_of(option), option.choices));
    }
    const char* equals = !takes_next_word(option) ? "" : "=";
    text += fmt::format(" \\\n          '*--{}{}{}'", option.name, equals, rest);
    if (option.letter.empty()) continue;
    const char* joined = !takes_next_word(option) ? "" : "+";
    text += fmt::format(" \\\n          '*-{}{}{}'", option.letter, joined, rest);
  }
  int number = 1;
  for (const ArgumentDescription& argument : command.arguments) {
    text += fmt::format(" \\\n          '{}:{}:{}'",
                        argument.repeats ? "*" : fmt::format("{}", number),
                        argument.name,
                        filling(completion_of(argument), argument.choices));
    ++number;
  }
  return text + " ;;\n";
}

}  // namespace

std::string zsh_completion(std::span<const CommandDescription> commands) {
  std::string script(head);
  for (const std::string_view name : command_names()) {
    script += fmt::format("    '{}:{}'\n", name, in_quotes(text_of(*command_of(name)).brief));
  }
  script += R"~(    'help:Print the help of a command'
  )
  _arguments -C '(- *)'{-h,--help}'[Print the help]' '(- *)'{-V,--version}'[Print the version]' \
    '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case ${line[1]} in
)~";
  for (const CommandDescription& command : commands) script += branch_of(command);
  script += "        help) _arguments '1:command: _describe command commands' ;;\n";
  return script + std::string(foot);
}

}  // namespace axle::cli
