// What is known of the deaths of backends, for each kind of them: which may be started, and which
// is not used twice.
#pragma once

#include "frontend/backend_spec.hpp"
#include "frontend/death_budget.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace axle::frontend {

/// Backends are of one kind where one can serve in place of the other (`serves`). Not thread-safe.
class DeathRecords {
 public:
  struct Record {
    BackendSpec spec;
    DeathBudget budget;
    std::string last = {};  ///< How it was, the last time.
    bool told = false;      ///< For whoever tells of it once.
  };

  static constexpr std::size_t most_kinds = 64;

  explicit DeathRecords(DeathBudget::Limits limits) : limits_(limits) {}

  /// Of the kind of `spec`; none: such a backend has not died. Valid until the next `add`.
  Record* find(const BackendSpec& spec);
  /// One of the kind of `spec` has died just now. So many kinds are remembered at most: the oldest
  /// is forgotten for a new one.
  void add(const BackendSpec& spec, std::string how);
  /// Whether one of this kind may be kept for others.
  [[nodiscard]] bool may_be_kept(const BackendSpec& spec);

 private:
  DeathBudget::Limits limits_;
  std::vector<Record> records_;
};

}  // namespace axle::frontend
