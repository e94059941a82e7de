#include "ipc/left_behind.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace axle::ipc {

std::vector<std::string> describe(const LeftBehind& processes, std::string_view by) {
  std::vector<std::string> sentences;
  if (!processes.killed.empty()) {
    sentences.push_back(fmt::format(
        "{} left processes behind, which were killed: {}", by, fmt::join(processes.killed, ", ")));
  }
  if (!processes.left.empty()) {
    sentences.push_back(fmt::format("{} left processes behind, which could not be killed: {}",
                                    by,
                                    fmt::join(processes.left, ", ")));
  }
  return sentences;
}

}  // namespace axle::ipc
