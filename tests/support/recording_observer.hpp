// An observer that remembers all that it is told.
#pragma once

#include "frontend/observer.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace axle::test {

class RecordingObserver final : public frontend::Observer {
 public:
  struct Finished {
    frontend::Activity activity;
    bool succeeded = false;
    std::chrono::milliseconds elapsed{0};
  };

  void started(const frontend::Activity& activity) override { begun.push_back(activity); }
  void finished(const frontend::Activity& activity,
                bool succeeded,
                std::chrono::milliseconds elapsed) override {
    ended.push_back({activity, succeeded, elapsed});
  }
  void output(Stream stream, std::string_view bytes) override {
    (stream == Stream::out ? out : err) += bytes;
    if (on_output) on_output();
  }
  void notice(std::string_view text) override {
    notices.emplace_back(text);
    if (on_notice) on_notice();
  }

  std::vector<frontend::Activity> begun;
  std::vector<Finished> ended;
  std::string out;
  std::string err;
  std::vector<std::string> notices;
  /// Called after each is recorded; may be empty.
  std::function<void()> on_output;
  std::function<void()> on_notice;
};

}  // namespace axle::test
