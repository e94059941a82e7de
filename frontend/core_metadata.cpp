#include "frontend/core_metadata.hpp"

#include "frontend/utf8.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace axle::frontend {
namespace {

// Those marked "multiple use" in the specification.
constexpr std::array<std::string_view, 16> multiple_use_keys = {
    "classifier",
    "dynamic",
    "import_name",
    "import_namespace",
    "license_file",
    "obsoletes",
    "obsoletes_dist",
    "platform",
    "project_url",
    "provides",
    "provides_dist",
    "provides_extra",
    "requires",
    "requires_dist",
    "requires_external",
    "supported_platform",
};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string json_key(std::string_view field) {
  std::string key(field);
  std::ranges::transform(key, key.begin(), [](char c) { return c == '-' ? '_' : lower(c); });
  return key;
}

bool same_field(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// A line off the front of `text`, without its end.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// Where the name of the field in `line` ends, or npos: printable ASCII without spaces, then ":".
std::size_t field_name_end(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos) return std::string_view::npos;
  const auto is_name = [](char c) { return c > ' ' && c < 127; };
  return std::ranges::all_of(line.substr(0, colon), is_name) ? colon : std::string_view::npos;
}

/// A continued line without its margin: seven spaces and a bar, or eight spaces, or what there is.
std::string_view without_margin(std::string_view line) {
  constexpr std::string_view bar = "       |";
  if (line.starts_with(bar)) return line.substr(bar.size());
  std::size_t margin = 0;
  while (margin < line.size() && margin < bar.size() && is_blank(line[margin])) ++margin;
  return line.substr(margin);
}

std::vector<std::string> keyword_list(std::string_view keywords) {
  std::vector<std::string> list;
  while (!keywords.empty()) {
    const std::size_t comma = std::min(keywords.find(','), keywords.size());
    const std::string_view keyword = trimmed(keywords.substr(0, comma));
    if (!keyword.empty()) list.push_back(to_utf8(keyword));
    keywords.remove_prefix(std::min(comma + 1, keywords.size()));
  }
  return list;
}

}  // namespace

CoreMetadata CoreMetadata::parse(std::string_view text) {
  CoreMetadata metadata;
  while (!text.empty()) {
    const std::string_view before = text;
    const std::string_view line = take_line(text);
    if (line.empty()) {
      metadata.body_ = text;
      break;
    }
    if (is_blank(line.front()) && !metadata.fields_.empty()) {
      std::string& value = metadata.fields_.back().value;
      value += '\n';
      value += without_margin(line);
      continue;
    }
    const std::size_t name_end = field_name_end(line);
    if (name_end == std::string_view::npos) {
      metadata.body_ = before;
      break;
    }
    metadata.fields_.push_back({.name = std::string(line.substr(0, name_end)),
                                .value = std::string(trimmed(line.substr(name_end + 1)))});
  }
  return metadata;
}

std::optional<std::string> CoreMetadata::value(std::string_view field) const {
  const auto found = std::ranges::find_if(
      fields_, [&](const Field& candidate) { return same_field(candidate.name, field); });
  if (found == fields_.end()) return std::nullopt;
  return found->value;
}

std::vector<std::string> CoreMetadata::values(std::string_view field) const {
  std::vector<std::string> values;
  for (const Field& candidate : fields_) {
    if (same_field(candidate.name, field)) values.push_back(candidate.value);
  }
  return values;
}

ipc::JsonText CoreMetadata::to_json() const {
  ipc::JsonObject json;
  std::vector<std::string> seen;
  for (const Field& field : fields_) {
    const std::string key = json_key(field.name);
    if (std::ranges::find(seen, key) != seen.end()) continue;
    seen.push_back(key);
    if (std::ranges::find(multiple_use_keys, key) != multiple_use_keys.end()) {
      std::vector<std::string> all = values(field.name);
      std::ranges::transform(all, all.begin(), [](const std::string& one) { return to_utf8(one); });
      json.add(key, ipc::json_strings(all));
    } else if (key == "keywords") {
      json.add(key, ipc::json_strings(keyword_list(field.value)));
    } else if (key != "description" || body_.empty()) {
      json.add(key, ipc::json_string(to_utf8(field.value)));
    }
  }
  if (!body_.empty()) json.add("description", ipc::json_string(to_utf8(body_)));
  return json.text();
}

std::string normalized_name(std::string_view name) {
  std::string normal;
  for (const char c : name) {
    if (c != '-' && c != '_' && c != '.') {
      normal += lower(c);
    } else if (normal.empty() || normal.back() != '-') {
      normal += '-';
    }
  }
  return normal;
}

}  // namespace axle::frontend
