#include "cli/quantity.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace axle::cli;
using axle::errc;

TEST_SUITE_BEGIN("cli::quantity");

TEST_CASE("A duration is a number of seconds or has a unit") {
  CHECK(parse_duration("90").value() == 90s);
  CHECK(parse_duration("90s").value() == 90s);
  CHECK(parse_duration("250ms").value() == 250ms);
  CHECK(parse_duration("5m").value() == 5min);
  CHECK(parse_duration("1h").value() == 1h);
  CHECK(parse_duration("1.5h").value() == 90min);
  CHECK(parse_duration("7d").value() == 7 * 24h);
  CHECK(parse_duration("0.5").value() == 500ms);
}

TEST_CASE("What is no duration is refused with a hint") {
  for (const char* text : {"",
                           "s",
                           "-1",
                           "+1",
                           "0",
                           "0s",
                           "1 s",
                           "1w",
                           "5m5",
                           "1e3",
                           "inf",
                           "nan",
                           ".5",
                           "0.0001",
                           "99999999999999999999",
                           "1001000h",
                           "٣"}) {
    CAPTURE(text);
    const auto parsed = parse_duration(text);
    REQUIRE(!parsed);
    CHECK(parsed.error().code == errc::usage);
    CHECK(!parsed.error().hint.empty());
  }
}

TEST_CASE("Durations are told in the units that people use") {
  CHECK(format_duration(0ms) == "0 ms");
  CHECK(format_duration(999ms) == "999 ms");
  CHECK(format_duration(1000ms) == "1.0 s");
  CHECK(format_duration(1949ms) == "1.9 s");
  CHECK(format_duration(59'949ms) == "59.9 s");
  CHECK(format_duration(59'950ms) == "1 min 0 s");
  CHECK(format_duration(125s) == "2 min 5 s");
  CHECK(format_duration(3'599'600ms) == "1 h 0 min");
  CHECK(format_duration(62min) == "1 h 2 min");
  CHECK(format_elapsed(12s) == "12 s");
}

TEST_CASE("Sizes are told in binary units with two digits or more") {
  CHECK(format_size(0) == "0 bytes");
  CHECK(format_size(1) == "1 byte");
  CHECK(format_size(1023) == "1023 bytes");
  CHECK(format_size(1024) == "1.0 KiB");
  CHECK(format_size(64'900) == "63 KiB");
  CHECK(format_size(1024 * 1024 - 1) == "1.0 MiB");
  CHECK(format_size(1'258'291) == "1.2 MiB");
  CHECK(format_size(UINT64_MAX) == "16777216 TiB");
}

TEST_SUITE_END();
