#include "cli/completion.hpp"
#include "cli/help.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>

namespace axle::cli {
namespace {

// `__axle_at COMMAND N`: the word at the cursor is the N-th of COMMAND that belongs to no option;
// "rest" stands for any.
constexpr std::string_view head =
    R"~(# Completion of axle in fish; printed by "axle completion fish".

function __axle_in
    set -l words (commandline -opc)
    test (count $words) -ge 2; and test $words[2] = $argv[1]
end

function __axle_at
    __axle_in $argv[1]; or return 1
    test $argv[2] = rest; and return 0
    set -l values __axle_values_$argv[1]
    set -l words (commandline -opc)
    set -l position 0
    set -l skip no
    for word in $words[3..-1]
        if test $skip = yes
            set skip no
        else if string match -q -- '-*' $word
            contains -- $word $$values; and set skip yes
        else
            set position (math $position + 1)
        end
    end
    test $position -eq $argv[2]
end

function __axle_sources
    __fish_complete_directories (commandline -ct) 'source tree'
    __fish_complete_suffix .tar.gz
end

complete -c axle -f
complete -c axle -n __fish_use_subcommand -s h -l help -d 'Print the help'
complete -c axle -n __fish_use_subcommand -s V -l version -d 'Print the version'
)~";

std::string in_quotes(std::string_view text) {
  std::string safe = "'";
  for (const char letter : text) {
    if (letter == '\'' || letter == '\\') safe += '\\';
    safe += letter;
  }
  return safe + "'";
}

std::string filling(Completes completes, const std::vector<std::string>& choices) {
  switch (completes) {
    case Completes::choices: return fmt::format(" -x -a '{}'", fmt::join(choices, " "));
    case Completes::folders: return " -x -a '(__fish_complete_directories (commandline -ct))'";
    case Completes::files: return " -r -F";
    case Completes::sources: return " -x -a '(__axle_sources)'";
    case Completes::nothing: break;
  }
  return " -x";
}

std::string lines_of(const CommandDescription& command) {
  const std::string_view name = to_string(command.command);
  std::string values;
  std::string text;
  for (const OptionDescription& option : command.options) {
    text += fmt::format("complete -c axle -n '__axle_in {}'", name);
    if (!option.letter.empty()) text += " -s " + option.letter;
    text += " -l " + option.name;
    if (takes_next_word(option)) {
      values += " --" + option.name;
      if (!option.letter.empty()) values += " -" + option.letter;
      text += filling(completion_of(option), option.choices);
    }
    text += fmt::format(" -d {}\n", in_quotes(option.text));
  }
  for (std::size_t i = 0; i < command.arguments.size(); ++i) {
    const ArgumentDescription& argument = command.arguments[i];
    text += fmt::format("complete -c axle -n '__axle_at {} {}'{}\n",
                        name,
                        argument.repeats ? "rest" : fmt::format("{}", i),
                        filling(completion_of(argument), argument.choices));
  }
  return fmt::format("\nset -g __axle_values_{}{}\n{}", name, values, text);
}

}  // namespace

std::string fish_completion(std::span<const CommandDescription> commands) {
  std::string script(head);
  for (const std::string_view name : command_names()) {
    script += fmt::format("complete -c axle -n __fish_use_subcommand -a {} -d {}\n",
                          name,
                          in_quotes(text_of(*command_of(name)).brief));
  }
  script += fmt::format(
      "complete -c axle -n __fish_use_subcommand -a help -d 'Print the help of a "
      "command'\ncomplete -c axle -n '__axle_in help' -a '{}'\n",
      fmt::join(command_names(), " "));
  for (const CommandDescription& command : commands) script += lines_of(command);
  return script;
}

}  // namespace axle::cli
