#include "backend/sweep.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>

namespace axle::backend {

using namespace std::chrono_literals;

void sweep_after(const std::string& hook,
                 Strays& strays,
                 const HookRunner& runner,
                 Teller& teller) {
  const auto swept = strays.sweep(runner.lasting(), ipc::deadline_in(2s));
  if (!swept.killed.empty()) {
    teller.notice(fmt::format(
        "{} left processes behind, which were killed: {}", hook, fmt::join(swept.killed, ", ")));
  }
  if (!swept.left.empty()) {
    teller.notice(fmt::format("{} left processes behind, which could not be killed: {}",
                              hook,
                              fmt::join(swept.left, ", ")));
  }
}

}  // namespace axle::backend
