// What a message of the warm interpreter, or of a hook process, says of the processor.
#pragma once

#include "ipc/event.hpp"
#include "ipc/json.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace axle::backend {

/// The member `key`, a number of microseconds; nothing if it is not there, negative or something
/// else.
inline std::optional<std::chrono::microseconds> microseconds(const ipc::json::Object& members,
                                                             std::string_view key) {
  const auto count = ipc::json::get<std::int64_t>(members, key);
  if (!count || *count < 0) return std::nullopt;
  return std::chrono::microseconds(*count);
}

/// The members user_us and system_us; nothing where one of them is missing.
inline std::optional<ipc::ProcessorTime> processor_time(const ipc::json::Object& members) {
  const auto user = microseconds(members, "user_us");
  const auto system = microseconds(members, "system_us");
  if (!user || !system) return std::nullopt;
  return ipc::ProcessorTime{.user = *user, .system = *system};
}

}  // namespace axle::backend
