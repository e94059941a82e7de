#include "cli/completion.hpp"
#include "cli/help.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>

namespace axle::cli {
namespace {

// The parts that know nothing of any option. `_axle_position` counts the words before the cursor
// that belong to no option: `values` are the options whose next word does.
constexpr std::string_view head =
    R"~(# Completion of axle in bash; printed by "axle completion bash".

_axle_choose() { mapfile -t COMPREPLY < <(compgen -W "$*" -- "$cur"); }
_axle_folders() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); }
_axle_files() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); }
_axle_sources() {
  compopt -o filenames
  mapfile -t COMPREPLY < <(compgen -d -- "$cur"; compgen -f -X '!*.tar.gz' -- "$cur")
}
_axle_position() {
  local i skip=
  position=0
  for ((i = 2; i < COMP_CWORD; i++)); do
    if [[ -n $skip ]]; then skip=; continue; fi
    if [[ ${COMP_WORDS[i]} == = ]]; then skip=1; continue; fi  # of --option=value
    if [[ ${COMP_WORDS[i]} == -* ]]; then
      [[ " $values " == *" ${COMP_WORDS[i]} "* && ${COMP_WORDS[i + 1]} != = ]] && skip=1
    else
      position=$((position + 1))
    fi
  done
}

_axle() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  local command=${COMP_WORDS[1]} values= options= position
  COMPREPLY=()
  # bash cuts --option=value into three words.
  if [[ $cur == = && $prev == --* ]]; then
    cur=
  elif [[ $prev == = && COMP_CWORD -gt 2 ]]; then
    prev=${COMP_WORDS[COMP_CWORD - 2]}
  fi
)~";

std::string filling(Completes completes, const std::vector<std::string>& choices) {
  switch (completes) {
    case Completes::choices: return fmt::format("_axle_choose {}", fmt::join(choices, " "));
    case Completes::folders: return "_axle_folders";
    case Completes::files: return "_axle_files";
    case Completes::sources: return "_axle_sources";
    case Completes::nothing: break;
  }
  return ":";
}

std::string branch_of(const CommandDescription& command) {
  std::string options;
  std::string values;
  std::string after_option;
  for (const OptionDescription& option : command.options) {
    options += fmt::format(" --{}", option.name);
    if (!takes_next_word(option)) continue;
    values += fmt::format(" --{}", option.name);
    std::string pattern = fmt::format("--{}", option.name);
    if (!option.letter.empty()) {
      values += fmt::format(" -{}", option.letter);
      pattern += fmt::format(" | -{}", option.letter);
    }
    after_option += fmt::format(
        "        {}) {}; return ;;\n", pattern, filling(completion_of(option), option.choices));
  }
  std::string words;
  for (std::size_t i = 0; i < command.arguments.size(); ++i) {
    const ArgumentDescription& argument = command.arguments[i];
    words += fmt::format("        {}) {} ;;\n",
                         argument.repeats ? "*" : fmt::format("{}", i),
                         filling(completion_of(argument), argument.choices));
  }
  return fmt::format(R"~(    {})
      options='{}'
      values='{}'
      case $prev in
{}      esac
      if [[ $cur == -* ]]; then _axle_choose "$options"; return; fi
      _axle_position
      case $position in
{}      esac ;;
)~",
                     to_string(command.command),
                     options.empty() ? "" : options.substr(1),
                     values.empty() ? "" : values.substr(1),
                     after_option,
                     words);
}

}  // namespace

std::string bash_completion(std::span<const CommandDescription> commands) {
  std::string script(head);
  const std::string names = fmt::format("{}", fmt::join(command_names(), " "));
  script += fmt::format(
      "  if ((COMP_CWORD == 1)); then\n"
      "    _axle_choose {} help --help --version\n    return\n  fi\n"
      "  case $command in\n",
      names);
  for (const CommandDescription& command : commands) script += branch_of(command);
  script += fmt::format("    help) ((COMP_CWORD == 2)) && _axle_choose {} ;;\n  esac\n", names);
  return script + "}\ncomplete -F _axle axle\n";
}

}  // namespace axle::cli
