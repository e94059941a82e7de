// A sign of life where no progress is drawn: a line a minute while nothing else is said, so that
// nobody who watches for output takes a long compilation for a build that hangs.
//
//   Heartbeat heartbeat(60s, [&](const std::string& line) { terminal.print(line); });
//   heartbeat.begin("Building a wheel");
//   heartbeat.heard(bytes);               // printed by the backend, and not shown
//   heartbeat.end();
//
//   "still building a wheel (2 min, last output: cc -c parser.c)"
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace axle::cli {

/// Thread-safe; has a thread of its own from the first activity on, which calls `tell`.
class Heartbeat {
 public:
  using Clock = std::chrono::steady_clock;

  Heartbeat(std::chrono::milliseconds interval, std::function<void(const std::string&)> tell)
      : interval_(interval), tell_(std::move(tell)) {}
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;
  ~Heartbeat();

  /// An activity begins, or goes on that began at `since`: "Building a wheel". One line.
  void begin(std::string label, Clock::time_point since = Clock::now());
  /// Nothing is done.
  void end();
  /// Something was shown: the next sign is due an interval from now.
  void shown();
  /// Foreign bytes of which nothing was shown.
  void heard(std::string_view bytes);

 private:
  void beat();
  [[nodiscard]] std::string line() const;

  const std::chrono::milliseconds interval_;
  const std::function<void(const std::string&)> tell_;

  std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  std::string label_;  // empty: nothing is done
  Clock::time_point since_;
  Clock::time_point due_;
  std::string last_;  // the last line that was heard, raw
  bool leaving_ = false;
  std::thread thread_;
};

}  // namespace axle::cli
