#include "frontend/build_cycle.hpp"

#include "frontend/core_metadata.hpp"
#include "frontend/requirement.hpp"
#include "frontend/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace axle::frontend {

std::optional<std::string> describe_cycle(std::string_view name,
                                          std::span<const std::string> requirements) {
  const std::string project = normalized_name(name);
  const auto found = std::ranges::find_if(requirements, [&](const std::string& requirement) {
    return !project.empty() && required_name(requirement) == project;
  });
  if (found == requirements.end()) return std::nullopt;
  return fmt::format(
      "{} needs itself to be built ('{}'), and build requirements must not be cyclic: it can be "
      "built only where a wheel of {} is there already",
      printable(name),
      printable(*found),
      printable(name));
}

}  // namespace axle::frontend
