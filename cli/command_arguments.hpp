// The arguments of one command, from its words and from the files with options that count for it.
#pragma once

#include "cli/arguments.hpp"
#include "cli/help.hpp"
#include "cli/option_files.hpp"
#include "ipc/error.hpp"

#include <span>
#include <string>
#include <vector>

namespace axle::cli {

/// `files` in the order of precedence, after the words and the environment. Fails as
/// `parse_arguments`.
Result<Arguments> parse_with(Command command,
                             std::span<const std::string> words,
                             const OptionFiles& files);

/// Every command as its own parser describes it, in the order of `Command`.
std::vector<CommandDescription> all_commands();
/// axle completion SHELL.
Result<Arguments> parse_completion(std::span<const std::string> words);

}  // namespace axle::cli
