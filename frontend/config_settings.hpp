// config_settings: what the user tells the build backend, handed to every hook (PEP 517).
#pragma once

#include "ipc/error.hpp"
#include "ipc/json_text.hpp"

#include <span>
#include <string>

namespace axle::frontend {

/// The settings as the JSON that every hook receives: an object of strings and lists of strings,
/// or `null` where the user said nothing.
struct ConfigSettings {
  ipc::JsonText json;

  [[nodiscard]] bool empty() const { return json.text == "null"; }

  /// From `-C KEY[=VALUE]` arguments, cut at the first "="; a bare key has the value "". "In case a
  /// user provides duplicate string-keys, build frontends SHOULD combine the corresponding
  /// string-values into a list of strings" (PEP 517), in order. Fails with `errc::usage` for an
  /// empty key or text that is not UTF-8.
  static Result<ConfigSettings> from_arguments(std::span<const std::string> arguments);
};

}  // namespace axle::frontend
