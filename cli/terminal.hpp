// What people see: standard error. Lines that stay, what a backend prints, and on a terminal one
// line at the bottom that tells what is being done and for how long.
//
//   Terminal terminal(2, {.color = ColorChoice::automatic});
//   terminal.show_activity("Building a wheel");      // redrawn every second until hidden
//   terminal.relay(Stream::err, bytes);              // made harmless where a terminal reads
//   terminal.print("Built foo-1.0.tar.gz");
#pragma once

#include "cli/color.hpp"
#include "cli/outlet.hpp"
#include "cli/printable.hpp"
#include "frontend/observer.hpp"

#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace axle::cli {

/// Owns the bottom line and the thread that redraws it (none where no line is drawn). Thread-safe.
/// Output that cannot be written is dropped: there is nobody left to tell.
class Terminal {
 public:
  using Clock = std::chrono::steady_clock;
  using Stream = frontend::Observer::Stream;
  enum class Progress { shown, hidden };

  struct Options {
    ColorChoice color = ColorChoice::automatic;
    Progress progress = Progress::shown;  ///< `shown`: where a terminal can redraw a line.
    ColorEnvironment environment = ColorEnvironment::of_process();
    int stop_fd = -1;  ///< As of `Outlet`.
    /// Whole lines around all that is written; `command` writes between them.
    std::string before = {};
    std::string after = {};
  };

  Terminal(int fd, const Options& options);
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  /// Erases the bottom line, and writes `after`.
  ~Terminal();

  [[nodiscard]] bool is_terminal() const noexcept { return is_terminal_; }
  [[nodiscard]] bool draws_progress() const noexcept { return ticker_.joinable(); }
  [[nodiscard]] const Paint& paint() const noexcept { return paint_; }

  /// Writes text of ours, on lines of its own; the last newline is added.
  void print(std::string_view text);
  /// Writes foreign bytes as they come: raw, or on a terminal as `PrintableFilter` has them.
  void relay(Stream stream, std::string_view bytes);
  /// Writes whole lines for a program that reads along, outside of `before` and `after`.
  void command(std::string_view lines);
  /// Foreign text as `relay` would show it.
  [[nodiscard]] std::string shown(std::string_view foreign) const;

  /// What the bottom line tells from now on, with the time since `since`.
  void show_activity(std::string_view label, Clock::time_point since = Clock::now());
  /// Foreign text for the rest of the bottom line, until the next activity.
  void show_detail(std::string_view foreign);
  void hide_activity();

 private:
  void tick();
  void draw();
  void draw_soon();
  void write_lines(std::string_view text);
  void write_after();
  [[nodiscard]] std::string erasing();
  [[nodiscard]] bool stop_requested() const noexcept;

  const bool is_terminal_;
  const Paint paint_;
  const int stop_fd_;
  const std::string before_;
  const std::string after_;

  std::mutex mutex_;  // guards everything below
  Outlet outlet_;
  std::array<PrintableFilter, 2> filters_;
  bool at_line_start_ = true;
  bool within_ = false;  // `before` is written, `after` is not
  bool drawn_ = false;
  bool leaving_ = false;
  std::string label_;  // empty: no bottom line
  std::string detail_;
  Clock::time_point since_;
  Clock::time_point last_draw_;
  Clock::time_point next_draw_;
  std::condition_variable changed_;
  std::thread ticker_;  // the last, so that all else lives while it runs
};

/// As much of the beginning of `text` (UTF-8, printable) as fits into `columns`.
std::string_view fit_columns(std::string_view text, std::size_t columns);

}  // namespace axle::cli
