// The words of a command that belong to no option: a source, an action.
#pragma once

#include "cli/help.hpp"
#include "cli/option_parser.hpp"
#include "ipc/error.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace axle::cli {

/// A hint: where the command's own help is.
std::string see_help(Command command);

/// The one SOURCE of a command; without one the current folder. Fails with `errc::usage`.
Result<std::filesystem::path> only_source(Command command, const OptionParser& parser);

/// Which of `actions` a command is told to do. Fails with `errc::usage`.
Result<std::size_t> action_number(Command command,
                                  std::string_view word,
                                  std::span<const std::string_view> actions);

/// The same where `actions` are in the order of the enumeration.
template <class Action>
Result<Action> action_of(Command command,
                         std::string_view word,
                         std::span<const std::string_view> actions) {
  TRY(const std::size_t number, action_number(command, word, actions));
  return static_cast<Action>(number);
}

}  // namespace axle::cli
