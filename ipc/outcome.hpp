// Outcome: what came of one command, and the result file in which it is told. The format is
// schemas/result.schema.json: {"return": ...}, or {"code", "exc_type", "exc_msg"} and keys with x_.
#pragma once

#include "ipc/error.hpp"
#include "ipc/json_text.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace axle::ipc {

/// One exception of the tree behind a failure.
struct Cause {
  std::string exc_type;
  std::string exc_msg;
  std::string traceback = {};           ///< As Python prints it; may be empty.
  std::vector<std::string> notes = {};  ///< PEP 678.
  /// How it hangs together with the failure: "cause", "context" or "group".
  std::string relation = {};

  bool operator==(const Cause&) const = default;
};

/// How a hook failed: an exception, or the end of its process.
struct HookFailure {
  /// Never 0 for a signal or a lost process: SystemExit's code, 128 + the signal, else 1.
  int code = 1;
  std::string exc_type;  ///< The exception's class; "BackendDied" where there was none.
  std::string exc_msg;
  std::string traceback = {};           ///< x_traceback
  std::vector<std::string> notes = {};  ///< x_notes
  std::vector<Cause> causes = {};       ///< x_causes: root cause first.
  int signal = 0;                       ///< x_signal: what killed the hook's process.
  bool out_of_memory = false;           ///< x_oom
  bool timed_out = false;               ///< x_timed_out: stopped at its deadline.
  std::string cancelled = {};           ///< x_cancelled: who stopped it and why.
  bool unsupported = false;             ///< x_unsupported: the backend's UnsupportedOperation.
  bool missing = false;                 ///< x_missing: the backend has no such hook.
  std::string stderr_tail = {};         ///< x_stderr_tail
  std::string stack = {};               ///< x_stack: where a stopped hook was.

  bool operator==(const HookFailure&) const = default;
};

/// What a hook returned.
struct Returned {
  JsonText value;

  bool operator==(const Returned&) const = default;
};

using Outcome = std::variant<Returned, HookFailure>;

/// A result is at most this long, in bytes.
inline constexpr std::size_t longest_result = std::size_t{64} * 1024 * 1024;

/// One line of JSON, in ASCII: other readers take result files to be in the locale's encoding. An
/// outcome that is longer than `longest_result` is told as a HookFailure, "ResultTooLong".
std::string encode(const Outcome& outcome);

/// Reads what `encode` or another implementation of the wire wrote. Fails with
/// `errc::protocol_error` for anything else: longer than `longest_result`, not JSON (see
/// `parse_json_text` for how strictly), `return` beside one of the other three keys, none of the
/// four, a wrong type in one of the three. Unknown keys are ignored, `x_` keys of a wrong type too.
Result<Outcome> decode_outcome(std::string_view text);

/// Writes `path` atomically, for its owner alone (0600). Fails as `write_file_atomically` does.
Result<> write_result_file(const std::filesystem::path& path, const Outcome& outcome);
/// Reads and checks `path`. Fails with `errc::io_error` or `errc::protocol_error`.
Result<Outcome> read_result_file(const std::filesystem::path& path);

/// The values that hooks return. Each fails with `errc::bad_artifact`, naming what came instead.
Result<std::string> as_string(const JsonText& value);
Result<std::vector<std::string>> as_string_list(const JsonText& value);
/// The names that are true in the answer of `_optional_hooks`.
Result<std::vector<std::string>> as_true_names(const JsonText& value);

}  // namespace axle::ipc
