// Outcomes as JSON values: private to ipc, for the two documents in which they stand, the result
// file and the event.
#pragma once

#include "ipc/error.hpp"
#include "ipc/json.hpp"
#include "ipc/outcome.hpp"

namespace axle::ipc::json {

JsonText to_text(const HookFailure& failure);
JsonText to_text(const Outcome& outcome);

/// Each fails with `errc::protocol_error`, as `decode_outcome` does.
Result<HookFailure> failure_from(const Value& value);
Result<Outcome> outcome_from(const Value& value);

}  // namespace axle::ipc::json
