// The resource limits of this process while hooks run, which are of the same user and so may change
// them (prlimit). Without descriptors not even a hook's outcome can be read.
#pragma once

#include <sys/resource.h>

#include <array>
#include <optional>
#include <string>

namespace axle::frontend {

/// What has become of limits that were lowered.
struct LoweredLimits {
  /// Those that cannot be raised again: "RLIMIT_NOFILE is 0 (was 1024), ...". Empty: all are as
  /// they were.
  std::string for_good;
};

/// As they are when it is made. Not thread-safe.
class OwnLimits {
 public:
  OwnLimits() noexcept;

  /// Puts back those that were lowered since, as far as that is allowed; nothing: none was.
  [[nodiscard]] std::optional<LoweredLimits> put_back() const;

 private:
  std::array<rlimit, RLIMIT_NLIMITS> limits_{};
};

/// Whether this process may have the descriptors and the memory that any step of a build needs.
bool can_go_on() noexcept;

}  // namespace axle::frontend
