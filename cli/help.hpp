// The help: what each command does, how it is called, examples, exit codes. The options are listed
// by the parser, which knows them.
#pragma once

#include "cli/command_description.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace axle::cli {

/// axle --help, axle COMMAND --help; or nothing at all on the command line.
struct Help {
  std::string text;
  enum class Asked { yes, no } asked = Asked::yes;
  CommandDescription description = {};  ///< Of the command that `text` is about, if it is.
};

/// The names of the commands in the order of `Command`: "build", "metadata", "requires", ...
std::span<const std::string_view> command_names();
std::string_view to_string(Command command);
std::optional<Command> command_of(std::string_view name);

/// What is said of a command besides its options.
struct CommandText {
  std::string_view brief;     ///< Half a line.
  std::string_view summary;   ///< What it does: lines for a terminal.
  std::string_view usage;     ///< "axle build [OPTION]... [SOURCE]..."
  std::string_view examples;  ///< Indented lines.
};
const CommandText& text_of(Command command);
/// The exit codes and what they mean, a line each.
std::string_view exit_codes();

/// `axle --help`.
std::string program_help();
/// `axle COMMAND --help`; `options` is the list of them, with headings.
std::string command_help(Command command, std::string_view options);

}  // namespace axle::cli
