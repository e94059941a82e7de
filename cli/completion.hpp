// Completion of axle's command line in shells: scripts that are made from the descriptions of the
// commands, so that a new option needs nothing here.
#pragma once

#include "cli/command_description.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace axle::cli {

enum class Shell { bash, zsh, fish };

/// "bash", "zsh", "fish", in the order of `Shell`.
std::span<const std::string_view> shell_names();
std::optional<Shell> shell_of(std::string_view name);

/// The script that teaches `shell` to complete `commands`. What there is to choose from is listed;
/// for DIR it offers folders, for FILE and PATH files, for SOURCE folders and sdists.
std::string completion_script(Shell shell, std::span<const CommandDescription> commands);

std::string bash_completion(std::span<const CommandDescription> commands);
std::string zsh_completion(std::span<const CommandDescription> commands);
std::string fish_completion(std::span<const CommandDescription> commands);

/// Whether the word after the option is its value; "[N]" has to be joined to it.
bool takes_next_word(const OptionDescription& option);

/// What a value or a word can be completed with.
enum class Completes { nothing, choices, folders, files, sources };
Completes completion_of(const OptionDescription& option);
Completes completion_of(const ArgumentDescription& argument);

}  // namespace axle::cli
