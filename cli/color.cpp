#include "cli/color.hpp"

#include <cstdlib>

namespace axle::cli {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_on(const std::string& value) {
  return !value.empty() && value != "0";
}

}  // namespace

ColorEnvironment ColorEnvironment::of_process() {
  return {.no_color = variable("NO_COLOR"),
          .force_color = variable("FORCE_COLOR"),
          .clicolor_force = variable("CLICOLOR_FORCE"),
          .term = variable("TERM")};
}

bool colors_wanted(ColorChoice choice, bool is_terminal, const ColorEnvironment& environment) {
  if (choice != ColorChoice::automatic) return choice == ColorChoice::always;
  if (!environment.no_color.empty()) return false;
  if (is_on(environment.force_color) || is_on(environment.clicolor_force)) return true;
  return is_terminal && environment.term != "dumb";
}

std::string Paint::wrap(std::string_view style, std::string_view text) const {
  if (!colored_ || text.empty()) return std::string(text);
  std::string painted = "\x1b[";
  painted += style;
  painted += 'm';
  painted += text;
  painted += "\x1b[0m";
  return painted;
}

}  // namespace axle::cli
