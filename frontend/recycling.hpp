// When a warm backend is not lent any more: a daemon and the builds of one run go by the same
// rules.
#pragma once

#include "frontend/death_records.hpp"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace axle::frontend {

struct RecyclingLimits {
  std::size_t most_idle = 8;
  /// Leaks of an interpreter end with it: after so many leases, or with so much memory.
  std::uint64_t most_leases = 10'000;
  std::uint64_t memory = std::uint64_t{1} << 30;       ///< Bytes, of one backend.
  std::uint64_t idle_memory = std::uint64_t{2} << 30;  ///< Bytes, of all that are idle.
  DeathBudget::Limits deaths = {};
};

/// One that nobody uses at present.
struct IdleBackend {
  std::uint64_t leases = 0;   ///< So far.
  std::uint64_t memory = 0;   ///< As `memory_of` tells it.
  bool limited_anew = false;  ///< Its `resource_limits_of` are not those that it was started with.
};

/// The memory in RAM that a process and its descendants share with no file, in bytes.
std::uint64_t memory_of(pid_t pid);

/// Of a process, as text: a hook can change those of any process of its user. 0: of this one.
std::string resource_limits_of(pid_t pid);

/// Why a backend that was given back has to leave, as a clause; null: it may be lent again.
const char* why_to_leave(const RecyclingLimits& limits,
                         const IdleBackend& backend,
                         const BackendSpec& spec,
                         DeathRecords& deaths);

/// How many may wait of those that are idle, whose memory is given in the order of their last use:
/// so many of the last ones.
std::size_t most_to_wait(const RecyclingLimits& limits, std::span<const std::uint64_t> memories);

}  // namespace axle::frontend
