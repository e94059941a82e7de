#include "frontend/config_settings.hpp"

#include "frontend/utf8.hpp"
#include "ipc/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace axle::frontend {
namespace {

namespace json = ipc::json;

/// The members of an object; none of `null`.
json::Object members_of(const ipc::JsonText& text) {
  auto value = json::parse(text.text, ipc::deepest_value);
  auto* object = value ? std::get_if<json::Object>(&value->data) : nullptr;
  return object == nullptr ? json::Object{} : std::move(*object);
}

ipc::JsonText laid_over(const ipc::JsonText& below, const ipc::JsonText& above) {
  if (above.text == "null") return below;
  json::Object members = members_of(below);
  for (json::Member& member : members_of(above)) {
    const auto same = std::ranges::find(members, member.key, &json::Member::key);
    if (same == members.end()) {
      members.push_back(std::move(member));
    } else {
      same->value = std::move(member.value);
    }
  }
  return json::to_text({std::move(members)});
}

}  // namespace

ipc::JsonText ConfigSettings::for_hook(std::string_view hook) const {
  const auto own = std::ranges::find(of_hooks, hook, [](const auto& one) { return one.first; });
  auto settings = own == of_hooks.end() ? json : laid_over(json, own->second);
  return settings.text == "null" ? ipc::JsonText{.text = "{}"} : settings;
}

void ConfigSettings::lay_over(const ConfigSettings& others) {
  json = laid_over(json, others.json);
  for (const auto& [hook, own] : others.of_hooks) lay_over_hook(hook, {.json = own});
}

void ConfigSettings::lay_over_hook(std::string_view hook, const ConfigSettings& others) {
  const auto own = std::ranges::find(of_hooks, hook, [](const auto& one) { return one.first; });
  if (own == of_hooks.end()) {
    of_hooks.emplace_back(hook, others.json);
  } else {
    own->second = laid_over(own->second, others.json);
  }
}

Result<ConfigSettings> ConfigSettings::from_json(std::string_view text) {
  auto object = ipc::parse_json_text(text);
  if (!object) return fail(errc::usage, object.error().message);
  if (!object->text.starts_with('{')) {
    return fail(errc::usage,
                fmt::format("{} is no JSON object", printable(text)),
                R"(write one, such as {"key": "value"})");
  }
  return ConfigSettings{.json = *std::move(object)};
}

Result<ConfigSettings> ConfigSettings::from_arguments(std::span<const std::string> arguments) {
  if (arguments.empty()) return ConfigSettings{};
  std::vector<std::pair<std::string, std::vector<std::string>>> settings;
  for (const std::string& argument : arguments) {
    if (to_utf8(argument) != argument) {
      return fail(errc::usage,
                  fmt::format("the config setting '{}' is not UTF-8", printable(argument)));
    }
    const std::size_t equals = argument.find('=');
    const std::string key = argument.substr(0, equals);
    if (key.empty()) {
      return fail(errc::usage,
                  fmt::format("the config setting '{}' has no key", printable(argument)),
                  "write it as KEY=VALUE");
    }
    auto setting = std::ranges::find(settings, key, [](const auto& one) { return one.first; });
    if (setting == settings.end()) setting = settings.insert(setting, {key, {}});
    setting->second.push_back(equals == std::string::npos ? "" : argument.substr(equals + 1));
  }
  ipc::JsonObject json;
  for (const auto& [key, values] : settings) {
    json.add(key, values.size() == 1 ? ipc::json_string(values[0]) : ipc::json_strings(values));
  }
  return ConfigSettings{.json = json.text()};
}

}  // namespace axle::frontend
