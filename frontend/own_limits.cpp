#include "frontend/own_limits.hpp"

#include <algorithm>
#include <cstddef>

namespace axle::frontend {
namespace {

__rlimit_resource_t number(std::size_t which) {
  return static_cast<__rlimit_resource_t>(which);
}

}  // namespace

OwnLimits::OwnLimits() noexcept {
  for (std::size_t which = 0; which < limits_.size(); ++which) {
    ::getrlimit(number(which), &limits_[which]);
  }
}

std::optional<std::string> OwnLimits::put_back() const {
  bool lowered = false;
  bool for_good = false;
  for (std::size_t which = 0; which < limits_.size(); ++which) {
    const rlimit& before = limits_[which];
    rlimit now{};
    if (::getrlimit(number(which), &now) != 0) continue;
    if (now.rlim_cur >= before.rlim_cur && now.rlim_max >= before.rlim_max) continue;
    lowered = true;
    if (::setrlimit(number(which), &before) == 0) continue;
    for_good = true;
    now.rlim_cur = std::min(before.rlim_cur, now.rlim_max);
    ::setrlimit(number(which), &now);
  }
  if (for_good) return "the limits of axle were lowered while a hook ran, and cannot be put back";
  if (lowered) return "the limits of axle were lowered while a hook ran, and were put back";
  return std::nullopt;
}

}  // namespace axle::frontend
