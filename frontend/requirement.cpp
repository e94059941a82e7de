#include "frontend/requirement.hpp"

#include "frontend/core_metadata.hpp"

#include <algorithm>

namespace axle::frontend {
namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Not what may stand in a line of text.
bool is_control(char c) {
  return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
}

std::string_view without_indent(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

}  // namespace

std::string required_name(std::string_view requirement) {
  const std::string_view text = without_indent(requirement);
  if (text.empty() || !is_alphanumeric(text.front())) return {};
  const auto* const end = std::ranges::find_if_not(
      text, [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
  // A path, or the scheme of a URL.
  if (end != text.end() && (*end == '/' || *end == ':')) return {};
  return normalized_name(std::string_view(text.begin(), end));
}

bool may_be_requirement(std::string_view text) {
  const std::string_view begin = without_indent(text);
  return !begin.empty() && is_alphanumeric(begin.front()) && std::ranges::none_of(text, is_control);
}

}  // namespace axle::frontend
