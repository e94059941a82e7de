#include "cli/overview.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace axle::cli {

void Overview::show(const std::string& name, const std::string& label) {
  const std::lock_guard lock(mutex_);
  const auto known = std::ranges::find(running_, name, &decltype(running_)::value_type::first);
  if (known == running_.end()) {
    running_.emplace_back(name, label);
  } else {
    known->second = label;
  }
  show_line();
}

void Overview::done(const std::string& name) {
  const std::lock_guard lock(mutex_);
  std::erase_if(running_, [&](const auto& build) { return build.first == name; });
  ++done_;
  show_line();
}

void Overview::show_line() {
  if (running_.empty()) return terminal_.hide_activity();
  std::string line = fmt::format("{} running, {} of {} done", running_.size(), done_, builds_);
  const char* before = ": ";
  for (const auto& [name, label] : running_) {
    line += fmt::format("{}{}: {}", before, name, label);
    before = "; ";
  }
  terminal_.show_activity(line, since_);
}

}  // namespace axle::cli
