#include "cli/manual.hpp"

#include "cli/help.hpp"
#include "cli/option_value.hpp"

#include <fmt/format.h>

#include <string_view>

namespace axle::cli {
namespace {

// Text as it is: a hyphen that is typed, a backslash, and no line that begins with a request.
std::string escaped(std::string_view text) {
  std::string safe;
  bool at_begin = true;
  for (const char letter : text) {
    if (at_begin && (letter == '.' || letter == '\'')) safe += "\\&";
    if (letter == '\\') {
      safe += "\\e";
    } else if (letter == '-') {
      safe += "\\-";
    } else {
      safe += letter;
    }
    at_begin = letter == '\n';
  }
  return safe;
}

// Lines that stay as they are.
std::string lines(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return fmt::format(".nf\n{}\n.fi\n", escaped(text));
}

std::string entry(const OptionDescription& option) {
  std::string names;
  if (!option.letter.empty()) names += fmt::format("\\fB\\-{}\\fR, ", escaped(option.letter));
  names += fmt::format("\\fB\\-\\-{}\\fR", escaped(option.name));
  if (!option.value_name.empty()) names += fmt::format(" \\fI{}\\fR", escaped(option.value_name));
  std::string elsewhere;
  if (option.standing != Standing::command_line) {
    elsewhere = fmt::format(".br\n\\fB{}\\fR{}\n",
                            variable_of(option.name),
                            option.standing == Standing::project ? ", [tool.axle]" : "");
  }
  return fmt::format(".TP\n{}\n{}\n{}", names, escaped(option.text), elsewhere);
}

std::string section_of(const CommandDescription& command) {
  const CommandText& text = text_of(command.command);
  std::string page =
      fmt::format(".SH AXLE {}\n.B {}\n.PP\n", to_string(command.command), escaped(text.usage));
  page += lines(text.summary);
  std::string_view group;
  for (const OptionDescription& option : command.options) {
    if (option.group != group) page += fmt::format(".SS \"{}\"\n", escaped(option.group));
    group = option.group;
    page += entry(option);
  }
  return page + ".SS Examples\n" + lines(text.examples);
}

}  // namespace

std::string manual_page(std::span<const CommandDescription> commands) {
  std::string page = fmt::format(
      ".\\\" Printed by \"axle help \\-\\-man\".\n"
      ".TH AXLE 1 \"\" \"axle {}\" \"User Commands\"\n"
      ".SH NAME\naxle \\- build Python packages with their build backends\n"
      ".SH SYNOPSIS\n.B axle\n.I command\n.RI [ option ]... \" \" [ argument ]...\n"
      ".SH DESCRIPTION\n"
      "Builds Python packages (sdists, wheels, editables) with their build backends.\n"
      "Results go to standard output, all else to standard error.\n.PP\n"
      "Options may also be environment variables and stand in axle/axle.toml of your\n"
      "configuration; those marked [tool.axle] in the files of a project, too.\n.SH COMMANDS\n",
      escaped(AXLE_VERSION));
  for (const CommandDescription& command : commands) {
    page += fmt::format(
        ".TP\n.B {}\n{}\n", to_string(command.command), escaped(text_of(command.command).brief));
  }
  for (const CommandDescription& command : commands) page += section_of(command);
  page += ".SH EXIT STATUS\n" + lines(exit_codes());
  return page;
}

}  // namespace axle::cli
