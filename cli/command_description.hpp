// What a command understands, as data: the one source of its help, of the completion in shells and
// of the manual page.
#pragma once

#include "cli/option_files.hpp"

#include <string>
#include <vector>

namespace axle::cli {

enum class Command { build, metadata, requirements, hook, env, daemon, doctor, completion };

/// One option.
struct OptionDescription {
  std::string group;       ///< The heading that it stands under.
  std::string letter;      ///< "o" of -o; may be empty.
  std::string name;        ///< "outdir" of --outdir.
  std::string value_name;  ///< "DIR" (a folder), "FILE" or "PATH" (a file), "MODE"; empty: a flag.
  std::string text;        ///< Half a sentence.
  std::vector<std::string> choices = {};  ///< The values that there are; empty: any.
  /// Where else it may be said; the variable is `variable_of` the name (cli/option_value.hpp).
  Standing standing = Standing::command_line;
};

/// One word that belongs to no option.
struct ArgumentDescription {
  std::string name;                       ///< "SOURCE" (a source tree or an sdist), "ACTION".
  std::vector<std::string> choices = {};  ///< The words that there are; empty: any.
  bool repeats = false;                   ///< There may be more of it; it is the last one then.
};

struct CommandDescription {
  Command command = Command::build;
  std::vector<OptionDescription> options = {};      ///< In the order of the help.
  std::vector<ArgumentDescription> arguments = {};  ///< In the order of the command line.
};

}  // namespace axle::cli
