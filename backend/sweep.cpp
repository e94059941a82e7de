#include "backend/sweep.hpp"

#include <chrono>

namespace axle::backend {

using namespace std::chrono_literals;

void sweep_after(const std::string& hook,
                 Strays& strays,
                 const HookRunner& runner,
                 Teller& teller) {
  const auto swept = strays.sweep(runner.lasting(), ipc::deadline_in(2s));
  for (const std::string& sentence : describe(swept, hook)) teller.notice(sentence);
}

}  // namespace axle::backend
