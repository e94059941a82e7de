#include "ipc/guard_report.hpp"

#include <doctest/doctest.h>

#include <csignal>

using axle::errc;
using axle::ipc::decode_guard_report;
using axle::ipc::encode;
using axle::ipc::GuardReport;

TEST_SUITE_BEGIN("ipc::GuardReport");

TEST_CASE("A report reads back as it was written") {
  for (const GuardReport& report :
       {GuardReport{.status = {{.code = 3}}},
        GuardReport{.status = {{.signal = SIGSEGV, .core_dumped = true}},
                    .left_behind = {.killed = {"a (pid 7)", "\xff"}}},
        GuardReport{.status = {{}}, .left_behind = {.left = {"b (pid 8)"}}},
        GuardReport{.trouble = "cannot execute it", .hint = "look"}}) {
    const auto line = encode(report);
    CAPTURE(line);
    CHECK_FALSE(line.contains('\n'));
    REQUIRE(decode_guard_report(line));
    CHECK(*decode_guard_report(line) == report);
  }
}

TEST_CASE("What is no report is refused") {
  for (const auto* line : {"",
                           "[]",
                           "{}",
                           R"({"code": 0})",
                           R"({"signal": 9})",
                           R"({"code": "0", "signal": 0})",
                           R"({"code": -1, "signal": 0})",
                           R"({"code": 0, "signal": -9})"}) {
    CAPTURE(line);
    REQUIRE_FALSE(decode_guard_report(line));
    CHECK(decode_guard_report(line).error().code == errc::protocol_error);
  }
}

TEST_SUITE_END();
