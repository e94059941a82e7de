#include "frontend/metadata_promises.hpp"

#include "frontend/core_metadata.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace axle::frontend {
namespace {

/// What tells of the text itself, not of the project.
constexpr std::array<std::string_view, 2> not_promised = {"metadata-version", "dynamic"};

std::string lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

struct Values {
  std::string field;
  std::vector<std::string> values;
};

/// By the name of the field in lower case. The body is the description.
std::map<std::string, Values> values_of(const CoreMetadata& metadata) {
  std::map<std::string, Values> all;
  const auto add = [&](const std::string& name, std::string value) {
    Values& values = all[lower(name)];
    if (values.field.empty()) values.field = name;
    values.values.push_back(std::move(value));
  };
  for (const auto& [name, value] : metadata.fields()) add(name, trimmed(value));
  std::string body = trimmed(metadata.body());
  if (!body.empty()) add("Description", std::move(body));
  for (auto& [name, values] : all) std::ranges::sort(values.values);
  return all;
}

bool is_older_than_promises(const CoreMetadata& sdist) {
  const std::string version = sdist.value("Metadata-Version").value_or("");
  return version.empty() || version.starts_with("1.") || version == "2.0" || version == "2.1";
}

}  // namespace

std::vector<std::string> find_broken_promises(std::string_view sdist, std::string_view wheel) {
  const CoreMetadata promised = CoreMetadata::parse(sdist);
  if (is_older_than_promises(promised)) return {};
  std::vector<std::string> may_differ(not_promised.begin(), not_promised.end());
  for (const auto& field : promised.values("Dynamic")) may_differ.push_back(lower(trimmed(field)));
  auto before = values_of(promised);
  const auto after = values_of(CoreMetadata::parse(wheel));
  for (const auto& [name, values] : after) before.try_emplace(name, Values{values.field, {}});
  std::vector<std::string> broken;
  for (const auto& [name, values] : before) {
    if (std::ranges::find(may_differ, name) != may_differ.end()) continue;
    const auto found = after.find(name);
    const bool same = found != after.end() && found->second.values == values.values;
    if (!same) broken.push_back(values.field);
  }
  return broken;
}

}  // namespace axle::frontend
