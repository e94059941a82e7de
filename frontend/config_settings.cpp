#include "frontend/config_settings.hpp"

#include "frontend/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace axle::frontend {

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
