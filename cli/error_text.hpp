// An error as people read it: what happened, the backend's own error with its causes (the root
// first), the end of what it printed, what to do about it, and what else went wrong.
#pragma once

#include "cli/color.hpp"
#include "ipc/error.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace axle::cli {

/// The end of what a failed step printed.
struct FailedOutput {
  std::string source;  ///< Who printed it: "build_wheel (hatchling.build)".
  std::string text;
  std::uintmax_t lines_left_out = 0;
};

enum class ErrorDetail {
  brief,      ///< What happened and what to do: a line or two.
  no_output,  ///< All but what was printed: it was shown as it came.
  full,
};

/// Lines of text, the last one ended. Whatever a backend says in `error` is made safe to show as
/// `printable` does; `output` stays as it is (see `Terminal::shown`). Where there is no output, the
/// end of stderr that came with the hook's failure stands in for it.
std::string error_text(const Error& error,
                       const std::optional<FailedOutput>& output,
                       ErrorDetail detail,
                       const Paint& paint);

}  // namespace axle::cli
