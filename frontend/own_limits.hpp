// The resource limits of this process while a hook runs, which is of the same user and so may
// change them (prlimit). Without descriptors not even the hook's outcome can be read.
#pragma once

#include <sys/resource.h>

#include <array>
#include <optional>
#include <string>

namespace axle::frontend {

/// As they are when it is made. Not thread-safe.
class OwnLimits {
 public:
  OwnLimits() noexcept;

  /// Puts back those that were lowered since. What is to be said of that, as a sentence; nothing:
  /// none was.
  std::optional<std::string> put_back() const;

 private:
  std::array<rlimit, RLIMIT_NLIMITS> limits_{};
};

}  // namespace axle::frontend
