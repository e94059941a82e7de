// What the user says to axle daemon.
#pragma once

#include "cli/common_arguments.hpp"

#include <chrono>
#include <optional>

namespace axle::cli {

/// axle daemon ACTION
struct DaemonArguments {
  enum class Action { start, stop, status, logs, run };
  CommonArguments common = {};
  Action action = Action::status;
  bool json = false;  ///< `status`.
  bool in_background = false;
  std::optional<std::chrono::milliseconds> idle = std::nullopt;
};

}  // namespace axle::cli
