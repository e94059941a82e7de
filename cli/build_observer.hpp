// What people are told while a build runs: each step, and what the backend prints.
//
//   quiet (-q)     nothing
//   normal         the steps: as the bottom line of a terminal, else a line each
//   verbose (-v)   the steps, a line each, and all output as it comes
//   detailed (-vv) also how long each step took
//
// Output that is not shown is kept, in bounded memory, until it is known whether its step failed.
#pragma once

#include "cli/error_text.hpp"
#include "cli/lane.hpp"
#include "cli/output_tail.hpp"
#include "cli/terminal.hpp"
#include "cli/verbosity.hpp"
#include "frontend/observer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace axle::cli {

class BuildObserver final : public frontend::Observer {
 public:
  /// Of a build by itself. `terminal` must outlive the observer.
  BuildObserver(Terminal& terminal, Verbosity verbosity);
  /// Of a build beside others; see Lane. `overview` must outlive the observer.
  BuildObserver(Overview& overview, std::string name, Verbosity verbosity);

  void started(const frontend::Activity& activity) override;
  void finished(const frontend::Activity& activity,
                bool succeeded,
                std::chrono::milliseconds took) override;
  void output(Stream stream, std::string_view bytes) override;
  void notice(std::string_view sentence) override;
  void remark(std::string_view sentence) override;

  /// The end of what the step that failed last has printed, raw, unless it was shown as it came.
  [[nodiscard]] const std::optional<FailedOutput>& failed_output() const noexcept {
    return failed_output_;
  }
  /// Where else there is something to say of this build.
  [[nodiscard]] Lane& lane() noexcept { return lane_; }

 private:
  struct Step {
    std::string label;
    Terminal::Clock::time_point since;
  };
  void show_detail(std::string_view bytes);

  Lane lane_;
  const Verbosity verbosity_;
  std::vector<Step> steps_;  // the innermost last
  std::string backend_;
  OutputTail tail_;
  Terminal::Clock::time_point last_detail_;
  std::optional<FailedOutput> failed_output_;
};

/// What an activity is called: "Building a wheel". One line; foreign text in it is not yet safe.
std::string label_of(const frontend::Activity& activity);

}  // namespace axle::cli
