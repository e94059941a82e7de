// What people are told while a build runs: each step, and what the backend prints.
//
//   quiet (-q)     nothing
//   normal         the steps: as the bottom line of a terminal, else a line each, and one a minute
//                  while nothing else is told
//   verbose (-v)   the steps, a line each, and all output as it comes
//   detailed (-vv) also how long each step took
//
// Output that is not shown is kept, in bounded memory, until it is known whether its step failed.
#pragma once

#include "cli/error_text.hpp"
#include "cli/heartbeat.hpp"
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
  static constexpr std::chrono::minutes between_signs_of_life{1};

  /// Of a build by itself. `terminal` must outlive the observer.
  BuildObserver(Terminal& terminal,
                Verbosity verbosity,
                std::chrono::milliseconds sign_of_life_after = between_signs_of_life);
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
  /// The same, also where it was shown; empty where nothing was printed.
  [[nodiscard]] const std::string& output_of_failure() const noexcept { return of_failure_; }
  /// Where else there is something to say of this build.
  [[nodiscard]] Lane& lane() noexcept { return lane_; }

 private:
  struct Step {
    std::string label;
    Terminal::Clock::time_point since;
  };
  void show_detail(std::string_view bytes);
  void show_step();
  void print(std::string_view text);

  Lane lane_;
  const Verbosity verbosity_;
  std::vector<Step> steps_;  // the innermost last
  std::string backend_;
  OutputTail tail_;
  Terminal::Clock::time_point last_detail_;
  std::optional<FailedOutput> failed_output_;
  std::string of_failure_;
  std::optional<Heartbeat> heartbeat_;  // none where people see progress, or want none
};

/// What an activity is called: "Building a wheel". One line; foreign text in it is not yet safe.
std::string label_of(const frontend::Activity& activity);
/// The same for programs: "run_hook".
std::string_view name_of(frontend::Activity::Kind kind);

}  // namespace axle::cli
