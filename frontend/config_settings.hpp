// config_settings: what the user tells the build backend, handed to every hook (PEP 517).
//
//   TRY(auto settings, ConfigSettings::from_arguments({"plat-name=any"}));
//   settings.lay_over(of_this_project);
//   settings.lay_over_hook("build_wheel", of_that_hook);
//   settings.for_hook("build_wheel")            // what build_wheel receives
#pragma once

#include "ipc/error.hpp"
#include "ipc/json_text.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace axle::frontend {

/// The settings as the JSON that hooks receive: an object, or `null` where the user said nothing.
struct ConfigSettings {
  ipc::JsonText json = {};  ///< What every hook receives.
  /// What is laid over that for one hook, by its name.
  std::vector<std::pair<std::string, ipc::JsonText>> of_hooks = {};

  [[nodiscard]] bool empty() const { return json.text == "null" && of_hooks.empty(); }

  /// What `hook` receives: an empty object where the user said nothing, as pypa/build and uv give.
  [[nodiscard]] ipc::JsonText for_hook(std::string_view hook) const;

  /// Each key of `others` in place of the same key here, or beside those there are.
  void lay_over(const ConfigSettings& others);
  /// The same with `others.json`, for `hook` alone.
  void lay_over_hook(std::string_view hook, const ConfigSettings& others);

  /// From `-C KEY[=VALUE]` arguments, cut at the first "="; a bare key has the value "". "In case a
  /// user provides duplicate string-keys, build frontends SHOULD combine the corresponding
  /// string-values into a list of strings" (PEP 517), in order. Fails with `errc::usage` for an
  /// empty key or text that is not UTF-8.
  static Result<ConfigSettings> from_arguments(std::span<const std::string> arguments);

  /// From a JSON object, of any nesting. Fails with `errc::usage` if it is none.
  static Result<ConfigSettings> from_json(std::string_view text);
};

}  // namespace axle::frontend
