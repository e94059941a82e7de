// What `axle-backend --guard` tells its caller of the program that it has run: one line, at the
// end.
#pragma once

#include "ipc/child_process.hpp"
#include "ipc/error.hpp"
#include "ipc/left_behind.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace axle::ipc {

struct GuardReport {
  /// How the program ended; nothing: it could not be run.
  std::optional<ExitStatus> status = std::nullopt;
  std::string trouble = {};  ///< Why it could not be run.
  std::string hint = {};     ///< What to do about that.
  LeftBehind left_behind = {};
  bool operator==(const GuardReport&) const = default;
};

/// A report is at most this long, in bytes.
inline constexpr std::size_t longest_guard_report = std::size_t{1} << 20;

/// One line, without a newline.
std::string encode(const GuardReport& report);
/// Fails with `errc::protocol_error` for what is no report.
Result<GuardReport> decode_guard_report(std::string_view line);

}  // namespace axle::ipc
