// Durations and sizes as people write and read them.
#pragma once

#include "ipc/error.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace axle::cli {

/// "90" and "90s" are ninety seconds; also "250ms", "5m", "1.5h", "30d". Fails with `errc::usage`
/// for anything else, for nothing or less, and for more than a thousand days.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "340 ms", "1.9 s", "2 min 5 s", "1 h 2 min".
std::string format_duration(std::chrono::milliseconds duration);

/// The same in whole seconds: "12 s".
std::string format_elapsed(std::chrono::seconds elapsed);

/// "900 bytes", "63 KiB", "1.2 MiB".
std::string format_size(std::uintmax_t bytes);

}  // namespace axle::cli
