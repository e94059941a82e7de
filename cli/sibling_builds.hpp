// What the builds of one source with several interpreters have in common: the sdist, which one of
// them makes and all make their wheels from, and the artifacts of all.
#pragma once

#include "frontend/artifact.hpp"
#include "frontend/builder.hpp"

#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

namespace axle::cli {

/// Thread-safe.
class SiblingBuilds {
 public:
  explicit SiblingBuilds(std::size_t count) : left_(count) {}

  /// For build `number`: the sdist to build a wheel from; nothing: it is the one to make it. Waits
  /// for the one that is to, at first build 0, until that tells that the sdist is there, or else
  /// lays down its duty. So build 0 must be begun, or no other.
  std::optional<std::filesystem::path> sdist_or_duty(std::size_t number);
  /// The sdist is there.
  void sdist_is(std::filesystem::path sdist);

  /// Build `number` makes no sdist any more, should it be the one to make it.
  void lay_down_duty(std::size_t number);
  /// Whether none of the builds has asked this for `artifact` before.
  bool is_first(const std::filesystem::path& artifact);
  /// One of the builds has ended with this. The artifacts of all, where it was the last one and all
  /// of them succeeded.
  std::optional<std::vector<frontend::Artifact>> end(const frontend::Built& built);

 private:
  std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  std::optional<std::filesystem::path> sdist_;
  std::optional<std::size_t> maker_ = 0;  // who is to make it
  std::set<std::filesystem::path> asked_for_;
  std::size_t left_;
  bool all_good_ = true;
  std::vector<frontend::Artifact> artifacts_;
};

}  // namespace axle::cli
