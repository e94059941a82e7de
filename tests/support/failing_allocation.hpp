// Memory that runs out: a program with this file has an `operator new` that fails when it is told
// to.
#pragma once

#include <functional>

namespace axle::test {

/// Runs `work` with ever one allocation more of this thread before one fails, and `check` after
/// each, until none fails. `work` returns whether it has done what it is for, which it must if none
/// failed.
void sweep_allocations(const std::function<bool()>& work,
                       const std::function<void(bool done)>& check);

}  // namespace axle::test
