// What an environment variable or a file says for an option, in the words that the command line has
// for it.
#pragma once

#include "cli/option_files.hpp"
#include "frontend/toml_value.hpp"
#include "ipc/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace axle::cli {

/// How many values an option has.
enum class OptionShape { flag, count, one, many };

/// A flag is "true" or "false", a count a number; `value_name` is that of the help: a DIR, a FILE
/// and, unless it is a URL, a "PATH|URL" are places.
struct OptionForm {
  OptionShape shape = OptionShape::flag;
  std::string value_name = {};
};

/// "AXLE_IDLE_TIMEOUT" for "idle-timeout".
std::string variable_of(std::string_view option);

/// From the value of a variable: 1, true, yes or on, and 0, false, no or off for a flag; a number
/// or one of these for a count; the text itself for one value; for many the words of the text,
/// between which there is white space, and in which quotes ('..', "..") and backslashes work as in
/// a shell. Fails with `errc::usage`; the message tells of the value alone, to follow the name.
Result<std::vector<std::string>> words_of_variable(const OptionForm& form, std::string_view text);

/// From a value of `file`. A flag is true or false, a count a number. One value is a string or a
/// number, or a table for a JSON object. Many are a list of strings, one string, or a table, in
/// which `key = "value"` is KEY=VALUE, and a table in that KEY:KEY=VALUE. A relative path is one
/// from the file's folder, and of a project's file inside of that. Fails as `words_of_variable`.
Result<std::vector<std::string>> words_of_file(const OptionForm& form,
                                               const frontend::TomlValue& value,
                                               const OptionFile& file);

}  // namespace axle::cli
