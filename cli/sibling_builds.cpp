#include "cli/sibling_builds.hpp"

#include <iterator>
#include <utility>

namespace axle::cli {

std::optional<std::filesystem::path> SiblingBuilds::sdist_or_duty(std::size_t number) {
  std::unique_lock lock(mutex_);
  // Ends with the build that makes it, which is cancelled when this one is.
  changed_.wait(lock, [&] { return sdist_ || maker_.value_or(number) == number; });
  if (!sdist_) maker_ = number;
  return sdist_;
}

void SiblingBuilds::sdist_is(std::filesystem::path sdist) {
  const std::lock_guard lock(mutex_);
  sdist_ = std::move(sdist);
  changed_.notify_all();
}

void SiblingBuilds::lay_down_duty(std::size_t number) {
  const std::lock_guard lock(mutex_);
  if (maker_ == number) maker_.reset();
  changed_.notify_all();
}

bool SiblingBuilds::is_first(const std::filesystem::path& artifact) {
  const std::lock_guard lock(mutex_);
  return asked_for_.insert(artifact).second;
}

std::optional<std::vector<frontend::Artifact>> SiblingBuilds::end(const frontend::Built& built) {
  const std::lock_guard lock(mutex_);
  all_good_ = all_good_ && !built.error;
  artifacts_.insert(artifacts_.end(), built.artifacts.begin(), built.artifacts.end());
  if (--left_ > 0 || !all_good_) return std::nullopt;
  return std::move(artifacts_);
}

}  // namespace axle::cli
