// The command line of axle-backend: pyproject_api's, and options of our own before it.
#pragma once

#include "ipc/error.hpp"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace axle::backend {

enum class HookIsolation { forked, in_line, fresh };
/// "forked", "inline", "fresh".
std::string_view to_string(HookIsolation isolation) noexcept;

struct Options {
  /// False: leave after one command.
  bool reuse = true;
  /// The build backend: a module, or `native:/path/to/library.so`.
  std::string module = {};
  /// The object in it; empty: the module itself.
  std::string object = {};
  /// --python, else $AXLE_PYTHON, else "python3"; a path or a name on PATH.
  std::string python = "python3";
  HookIsolation hook_isolation = HookIsolation::forked;
  /// --backend-path: folders of an in-tree backend, in order.
  std::vector<std::filesystem::path> backend_path = {};
  /// --control-fd: an inherited unix socket for events; without one, events are lines of text.
  std::optional<int> control_fd = std::nullopt;
  /// --start-timeout: how long the import of the build backend may take.
  std::chrono::milliseconds start_time{30'000};
  /// --warm: it will stay, so it is worth while to make hooks quicker when none runs.
  bool warm = false;
  /// --immutable-environment: no file of the interpreter's environment changes any more.
  bool immutable_environment = false;
  /// --keep-in: a folder of the user's own for what the next interpreter starts quicker with.
  std::filesystem::path kept = {};
  /// --guard: a program and its arguments, which is run instead of a build backend.
  std::vector<std::string> guarded = {};
  enum class Action { serve, guard, help, version } action = Action::serve;
};

/// Reads `[options] <True|False> <module> [<object>]`, or `--guard <fd> <program>
/// [<argument>...]`, without the program's name. Fails with `errc::usage`.
Result<Options> parse_options(std::span<const std::string> arguments);

/// What --help prints.
std::string_view help_text() noexcept;

}  // namespace axle::backend
