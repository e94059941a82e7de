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

/// The arguments of each command. As `parse_with`.
Result<Arguments> parse_build(std::span<const std::string> words, const OptionFiles& files);
Result<Arguments> parse_metadata(std::span<const std::string> words, const OptionFiles& files);
Result<Arguments> parse_requires(std::span<const std::string> words, const OptionFiles& files);
Result<Arguments> parse_hook(std::span<const std::string> words, const OptionFiles& files);
Result<Arguments> parse_env(std::span<const std::string> words, const OptionFiles& files);
Result<Arguments> parse_daemon(std::span<const std::string> words, const OptionFiles& files);
Result<Arguments> parse_doctor(std::span<const std::string> words, const OptionFiles& files);
Result<Arguments> parse_completion(std::span<const std::string> words);

}  // namespace axle::cli
