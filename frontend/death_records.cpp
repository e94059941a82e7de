#include "frontend/death_records.hpp"

#include "frontend/backend_match.hpp"

#include <algorithm>
#include <utility>

namespace axle::frontend {

DeathRecords::Record* DeathRecords::find(const BackendSpec& spec) {
  const auto found = std::ranges::find_if(
      records_, [&](const Record& record) { return serves(record.spec, spec); });
  return found == records_.end() ? nullptr : &*found;
}

void DeathRecords::add(const BackendSpec& spec, std::string how) {
  Record* record = find(spec);
  if (record == nullptr) {
    if (records_.size() == most_kinds) records_.erase(records_.begin());
    record = &records_.emplace_back(Record{.spec = spec, .budget = DeathBudget(limits_)});
  }
  record->budget.record(ipc::Clock::now());
  record->last = std::move(how);
}

bool DeathRecords::may_be_kept(const BackendSpec& spec) {
  Record* record = find(spec);
  return record == nullptr ||
         record->budget.verdict(ipc::Clock::now()) == DeathBudget::Verdict::reuse;
}

}  // namespace axle::frontend
