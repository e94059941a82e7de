// How often the system has ended a process because memory had run out: what tells such an end from
// any other SIGKILL.
//
//   const OomCounter counter;
//   const auto before = counter.count();
//   ... a process dies of SIGKILL ...
//   const bool out_of_memory = counter.count() > before;
#pragma once

#include "ipc/fd.hpp"

#include <cstdint>

namespace axle::ipc {

/// Counts in the memory control group in which this process is when the counter is made, and so its
/// children: in memory.events (version 2) or memory.oom_control (version 1). Where there is none,
/// for the whole system. Not thread-safe.
class OomCounter {
 public:
  OomCounter();

  /// The processes killed so far; 0 where the system does not tell. Costs one read.
  [[nodiscard]] std::uint64_t count() const noexcept;

 private:
  UniqueFd file_;
};

}  // namespace axle::ipc
