#include "frontend/config_settings.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace axle::frontend {
namespace {

using nlohmann::ordered_json;

bool is_utf8(const std::string& text) {
  try {
    (void)ordered_json(text).dump();
    return true;
  } catch (const ordered_json::type_error&) {
    return false;
  }
}

}  // namespace

Result<ConfigSettings> ConfigSettings::from_arguments(std::span<const std::string> arguments) {
  if (arguments.empty()) return ConfigSettings{};
  auto settings = ordered_json::object();
  for (const std::string& argument : arguments) {
    if (!is_utf8(argument)) {
      return fail(errc::usage,
                  fmt::format("the config setting {} is not UTF-8",
                              ordered_json(argument).dump(
                                  -1, ' ', false, ordered_json::error_handler_t::replace)));
    }
    const std::size_t equals = argument.find('=');
    const std::string key = argument.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : argument.substr(equals + 1);
    if (key.empty()) {
      return fail(errc::usage,
                  fmt::format("the config setting '{}' has no key", argument),
                  "write it as KEY=VALUE");
    }
    ordered_json& setting = settings[key];
    if (setting.is_null()) {
      setting = value;
    } else {
      if (setting.is_string()) setting = ordered_json::array({std::move(setting)});
      setting.push_back(value);
    }
  }
  return ConfigSettings{.json = {settings.dump()}};
}

}  // namespace axle::frontend
