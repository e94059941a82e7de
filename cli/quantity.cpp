#include "cli/quantity.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

namespace axle::cli {
namespace {

constexpr double longest_milliseconds = 1000.0 * 24 * 3600 * 1000;

// Milliseconds in a unit, or 0 for no unit that we know.
double milliseconds_in(std::string_view unit) {
  constexpr std::array<std::pair<std::string_view, double>, 6> units{
      {{"", 1e3}, {"s", 1e3}, {"ms", 1}, {"m", 60e3}, {"h", 3600e3}, {"d", 24 * 3600e3}}};
  for (const auto& [name, milliseconds] : units) {
    if (unit == name) return milliseconds;
  }
  return 0;
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr const char* hint =
      "write seconds (90), or a number with a unit: 250ms, 90s, 5m, 1h, 7d";
  double number = 0;
  // from_chars would also read "inf", "nan" and a sign.
  const bool begins_well = !text.empty() && (text[0] >= '0' && text[0] <= '9');
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  const double unit = milliseconds_in({end, text.data() + text.size()});
  if (!begins_well || error != std::errc() || unit == 0) {
    return fail(errc::usage, fmt::format("\"{}\" is no duration", text), hint);
  }
  const double milliseconds = number * unit;
  if (milliseconds < 1 || milliseconds > longest_milliseconds) {
    return fail(
        errc::usage,
        fmt::format("the duration \"{}\" is too {}", text, milliseconds < 1 ? "short" : "long"),
        hint);
  }
  return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(milliseconds));
}

std::string format_duration(std::chrono::milliseconds duration) {
  const auto milliseconds = duration.count();
  if (milliseconds < 1000) return fmt::format("{} ms", milliseconds);
  const auto tenths = (milliseconds + 50) / 100;
  if (tenths < 600) return fmt::format("{}.{} s", tenths / 10, tenths % 10);
  return format_elapsed(std::chrono::seconds((milliseconds + 500) / 1000));
}

std::string format_elapsed(std::chrono::seconds elapsed) {
  const auto seconds = elapsed.count();
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
}

std::string format_size(std::uintmax_t bytes) {
  if (bytes < 1024) return fmt::format("{} byte{}", bytes, bytes == 1 ? "" : "s");
  double size = static_cast<double>(bytes) / 1024;
  constexpr std::array units{"KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  // 1023.5 would be printed as "1024".
  while (size >= 1023.5 && unit + 1 < units.size()) {
    size /= 1024;
    ++unit;
  }
  if (size < 9.95) return fmt::format("{:.1f} {}", size, units.at(unit));
  return fmt::format("{:.0f} {}", size, units.at(unit));
}

}  // namespace axle::cli
