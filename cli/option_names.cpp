#include "cli/option_names.hpp"

#include "cli/arguments.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace axle::cli {

std::vector<OptionDescription> options_of_all_commands() {
  std::vector<OptionDescription> all;
  for (const std::string_view command : command_names()) {
    const std::vector<std::string> words = {std::string(command), "--help"};
    auto parsed = parse_arguments(words);
    auto* help = parsed ? std::get_if<Help>(&*parsed) : nullptr;
    if (help == nullptr) continue;
    for (OptionDescription& option : help->description.options) {
      const auto known = std::ranges::find(all, option.name, &OptionDescription::name);
      if (known == all.end()) all.push_back(std::move(option));
    }
  }
  return all;
}

}  // namespace axle::cli
