// The bottom line of the terminal while several builds run side by side: how many do, how many are
// done, and what each is doing.
#pragma once

#include "cli/terminal.hpp"

#include <cstddef>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace axle::cli {

/// Thread-safe. The terminal must outlive it; destruction takes the line away.
class Overview {
 public:
  Overview(Terminal& terminal, std::size_t builds) : terminal_(terminal), builds_(builds) {}
  Overview(const Overview&) = delete;
  Overview& operator=(const Overview&) = delete;
  ~Overview() { terminal_.hide_activity(); }

  [[nodiscard]] Terminal& terminal() const noexcept { return terminal_; }

  /// The build `name` (its own among those that run) does `label` now.
  void show(const std::string& name, const std::string& label);
  /// It is done.
  void done(const std::string& name);

 private:
  void show_line();

  Terminal& terminal_;
  const std::size_t builds_;
  const Terminal::Clock::time_point since_ = Terminal::Clock::now();
  std::mutex mutex_;                                          // guards everything below
  std::vector<std::pair<std::string, std::string>> running_;  // names and labels
  std::size_t done_ = 0;
};

}  // namespace axle::cli
