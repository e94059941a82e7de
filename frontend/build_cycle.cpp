#include "frontend/build_cycle.hpp"

#include "frontend/core_metadata.hpp"
#include "frontend/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace axle::frontend {
namespace {

/// The name with which a requirement begins (PEP 508).
std::string_view name_of(std::string_view requirement) {
  requirement.remove_prefix(std::min(requirement.find_first_not_of(" \t"), requirement.size()));
  const auto* const end = std::ranges::find_if_not(requirement, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
  return requirement.substr(0, static_cast<std::size_t>(end - requirement.begin()));
}

}  // namespace

std::optional<std::string> describe_cycle(std::string_view name,
                                          std::span<const std::string> requirements) {
  const std::string project = normalized_name(name);
  const auto found = std::ranges::find_if(requirements, [&](const std::string& requirement) {
    return !project.empty() && normalized_name(name_of(requirement)) == project;
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
