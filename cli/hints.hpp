// What to do about a failed build, where what the build backend or its compiler said is known to
// many: a header, a tool or a build requirement that is missing, a version that cannot be found.
//
//   error.hint = hint_for({.error = error, .output = output}).value_or(error.hint);
#pragma once

#include "frontend/build_options.hpp"
#include "ipc/error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace axle::cli {

struct FailedBuild {
  const Error& error;
  std::string_view output = {};  ///< The end of what the step that failed has printed.
  frontend::Isolation isolation = frontend::Isolation::isolated;
};

/// A sentence or two; nothing where the cause is not known. The hook's own error is looked at
/// first, then what it printed.
std::optional<std::string> hint_for(const FailedBuild& build);

/// `error` with that hint, before the one that it has; in place of it where that is only about the
/// same in general.
Error with_hint(Error error, std::string_view output, frontend::Isolation isolation);

}  // namespace axle::cli
