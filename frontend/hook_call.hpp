// What is asked of a build backend: one hook, and where and how long it may run.
#pragma once

#include "ipc/json_text.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

namespace axle::frontend {

struct HookCall {
  std::string hook;                   ///< Also `_optional_hooks`.
  ipc::JsonText kwargs = {"{}"};      ///< An object: the hook's arguments by their names.
  std::filesystem::path source_tree;  ///< The hook's working directory; absolute.
  /// After this the hook is stopped; nothing: never.
  std::optional<std::chrono::milliseconds> timeout = std::nullopt;
  /// When it has printed nothing for so long it is stopped; nothing: never.
  std::optional<std::chrono::milliseconds> idle_timeout = std::nullopt;
};

}  // namespace axle::frontend
