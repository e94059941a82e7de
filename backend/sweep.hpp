// Tidying up after a hook: what it has left running.
#pragma once

#include "backend/hook_runner.hpp"
#include "backend/strays.hpp"
#include "backend/teller.hpp"

#include <string>

namespace axle::backend {

/// Ends the processes that have come to this one and are none of the runner's, and tells of them as
/// left behind by `hook`. Takes at most two seconds.
void sweep_after(const std::string& hook, Strays& strays, const HookRunner& runner, Teller& teller);

}  // namespace axle::backend
