// Command: one line from the frontend to the backend's stdin. The format is
// schemas/command.schema.json; the keys are pyproject_api's, and those that begin with x_ are ours
// and optional.
#pragma once

#include "ipc/error.hpp"
#include "ipc/json_text.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace axle::ipc {

struct Command {
  /// A hook's name, `_exit` or `_optional_hooks`.
  std::string cmd;
  /// A JSON object: the hook's arguments by their names in PEP 517 and PEP 660.
  JsonText kwargs = {"{}"};
  /// Where the outcome is written: an absolute path.
  std::filesystem::path result;
  /// x_id: chosen by the frontend, echoed in every event about this command; 0 is "none".
  std::uint64_t id = 0;
  /// x_cwd: the source tree in which the hook runs, absolute; nothing: the backend's own folder.
  std::optional<std::filesystem::path> cwd = std::nullopt;
  /// x_env: the whole environment of the hook; nothing: the backend's own.
  std::optional<std::map<std::string, std::string>> env = std::nullopt;
  /// x_umask: of the hook; nothing: the backend's own.
  std::optional<unsigned> umask = std::nullopt;
  /// x_timeout_s: after this the hook is stopped and its outcome is a time-out.
  std::optional<std::chrono::milliseconds> timeout = std::nullopt;

  bool operator==(const Command&) const = default;
};

/// A request that cannot be run, and where its sender can still be told.
struct BadCommand {
  std::string reason;                                          ///< One sentence.
  std::uint64_t id = 0;                                        ///< x_id, if it was readable.
  std::optional<std::filesystem::path> result = std::nullopt;  ///< "result", if it was usable.
};

/// A line is at most this long, in bytes.
inline constexpr std::size_t longest_command = std::size_t{16} * 1024 * 1024;

/// One line, without a newline. Paths and environment variables may be any bytes without a NUL:
/// see ipc/json_text.hpp.
std::string encode(const Command& command);

/// Reads a line. Refuses: not a JSON object (see `parse_json_text` for how strictly), longer than
/// `longest_command`, `cmd`/`kwargs`/`result` missing or of another type, a `result` or `x_cwd`
/// that is relative, has a NUL or is longer than PATH_MAX, optional keys of another type, an
/// environment that the system could not hold, a umask above 0777. Unknown keys are ignored.
std::expected<Command, BadCommand> decode_command(std::string_view line);

}  // namespace axle::ipc
