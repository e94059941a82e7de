#include "frontend/entry_points.hpp"

#include "frontend/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace axle::frontend {
namespace {

constexpr std::string_view blanks = " \t\r\f\v";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Names joined by dots; what is outside of ASCII counts as a letter.
bool is_object_path(std::string_view text) {
  if (text.empty() || text.starts_with('.') || text.ends_with('.')) return false;
  return std::ranges::all_of(text, [](char c) {
    return c == '.' || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
  });
}

/// "module:function", perhaps with extras behind it.
bool is_callable(std::string_view value) {
  if (value.ends_with(']'))
    value = trimmed(value.substr(0, std::min(value.find('['), value.size())));
  const std::size_t colon = value.find(':');
  return colon != std::string_view::npos && is_object_path(trimmed(value.substr(0, colon))) &&
         is_object_path(trimmed(value.substr(colon + 1)));
}

}  // namespace

std::optional<std::string> find_unusable_script(std::string_view text) {
  std::vector<std::pair<std::string_view, std::string>> scripts;
  bool in_scripts = false;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::string_view content = trimmed(line);
    if (content.empty() || content.starts_with('#') || content.starts_with(';')) continue;
    const bool is_continued = blanks.find(line.front()) != std::string_view::npos;
    if (content.starts_with('[') && content.ends_with(']') && !is_continued) {
      const std::string_view group = content.substr(1, content.size() - 2);
      in_scripts = group == "console_scripts" || group == "gui_scripts";
    } else if (in_scripts && is_continued && !scripts.empty()) {
      scripts.back().second += content;
    } else if (in_scripts) {
      const std::size_t equals = std::min(content.find('='), content.size());
      scripts.emplace_back(trimmed(content.substr(0, equals)),
                           trimmed(content.substr(std::min(equals + 1, content.size()))));
    }
  }
  for (const auto& [name, value] : scripts) {
    if (!name.empty() && is_callable(value)) continue;
    return fmt::format("its script '{}' is '{}', and 'module:function' is expected",
                       printable(name),
                       printable(value));
  }
  return std::nullopt;
}

}  // namespace axle::frontend
