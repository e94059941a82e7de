// The way of one build to the terminal. A build by itself has the terminal as it is; of builds side
// by side each line bears the name of its build, and comes whole.
//
//   Lane lane(overview, "pluggy");
//   lane.relay(Stream::out, "running ");
//   lane.relay(Stream::out, "bdist_wheel\n");     // "pluggy: running bdist_wheel"
#pragma once

#include "cli/overview.hpp"
#include "cli/terminal.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace axle::cli {

/// For one thread, but for `announce`; others may have lanes to the same terminal. Functions are
/// those of Terminal.
class Lane {
 public:
  using Stream = Terminal::Stream;
  /// A line that is longer comes in pieces.
  static constexpr std::size_t longest_line = 16u * 1024;

  /// `terminal` must outlive the lane.
  explicit Lane(Terminal& terminal) : terminal_(terminal) {}
  /// `name` is no other's among the builds that run. `overview` must outlive the lane.
  Lane(Overview& overview, std::string name);
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  /// Writes unfinished lines, and takes the activity away.
  ~Lane();

  [[nodiscard]] bool draws_progress() const noexcept { return terminal_.draws_progress(); }
  [[nodiscard]] const Paint& paint() const noexcept { return terminal_.paint(); }
  [[nodiscard]] std::string shown(std::string_view foreign) const {
    return terminal_.shown(foreign);
  }

  void print(std::string_view text);
  /// The same from another thread.
  void announce(std::string_view text) const { terminal_.print(labelled(text)); }
  void relay(Stream stream, std::string_view bytes);
  void show_activity(std::string_view label, Terminal::Clock::time_point since);
  void show_detail(std::string_view foreign);
  /// What the next activity is, or that there is none, is known at its time.
  void hide_activity();

 private:
  [[nodiscard]] std::string labelled(std::string_view lines) const;
  void flush();

  Terminal& terminal_;
  Overview* overview_ = nullptr;  // null: this build is by itself
  std::string name_;
  std::array<std::string, 2> unfinished_;  // the last line of each stream
};

}  // namespace axle::cli
