// The processes that a hook, an installer or another program leaves behind when it ends.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace axle::ipc {

/// Described one by one: "server (pid 7)".
struct LeftBehind {
  std::vector<std::string> killed = {};
  /// Those that could not be killed: they hang in the kernel, or the time for it was up.
  std::vector<std::string> left = {};
  bool operator==(const LeftBehind&) const = default;
};

/// What to tell the user of it, where there is any: "`by` left processes behind, which were killed:
/// server (pid 7)", and another such sentence about those that could not be.
std::vector<std::string> describe(const LeftBehind& processes, std::string_view by);

}  // namespace axle::ipc
