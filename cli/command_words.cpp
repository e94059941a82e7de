#include "cli/command_words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace axle::cli {

std::string see_help(Command command) {
  return fmt::format("see axle {} --help", to_string(command));
}

Result<std::filesystem::path> only_source(Command command, const OptionParser& parser) {
  if (parser.words().empty()) return ".";
  if (parser.words().size() == 1) return parser.words()[0];
  return fail(errc::usage,
              fmt::format("axle {} takes one SOURCE; \"{}\" is one too many",
                          to_string(command),
                          parser.words()[1]),
              see_help(command));
}

Result<std::size_t> action_number(Command command,
                                  std::string_view word,
                                  std::span<const std::string_view> actions) {
  const auto found = std::ranges::find(actions, word);
  if (found != actions.end()) return static_cast<std::size_t>(found - actions.begin());
  return fail(errc::usage,
              word.empty() ? fmt::format("axle {} needs to be told what to do", to_string(command))
                           : fmt::format("axle {} cannot \"{}\"", to_string(command), word),
              did_you_mean(word, actions, fmt::format("one of {}", fmt::join(actions, ", "))));
}

}  // namespace axle::cli
