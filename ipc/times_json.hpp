// Times as members of a message: what axle-backend, the warm interpreter and hook processes
// measure.
#pragma once

#include "ipc/event.hpp"
#include "ipc/json.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace axle::ipc::json {

/// 31 years: more is nonsense, and thousands of them can be added up.
inline constexpr std::int64_t most_microseconds = 1'000'000'000'000'000;

/// The member `key`, a number of microseconds; nothing if it is not there, negative, more than
/// `most_microseconds` or something else.
inline std::optional<std::chrono::microseconds> microseconds(const Object& members,
                                                             std::string_view key) {
  const auto count = get<std::int64_t>(members, key);
  if (!count || *count < 0 || *count > most_microseconds) return std::nullopt;
  return std::chrono::microseconds(*count);
}

/// The members user_us and system_us; nothing where one of them is missing.
inline std::optional<ProcessorTime> processor_time(const Object& members) {
  const auto user = microseconds(members, "user_us");
  const auto system = microseconds(members, "system_us");
  if (!user || !system) return std::nullopt;
  return ProcessorTime{.user = *user, .system = *system};
}

/// The members training_began_us and training_ended_us; nothing where one of them is missing, or
/// the end is before the beginning.
inline std::optional<Training> training(const Object& members) {
  const auto began = microseconds(members, "training_began_us");
  const auto ended = microseconds(members, "training_ended_us");
  if (!began || !ended || *ended < *began) return std::nullopt;
  return Training{.began = *began, .ended = *ended};
}

}  // namespace axle::ipc::json
