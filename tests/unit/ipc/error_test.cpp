#include "ipc/error.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <string>

using axle::errc;
using axle::Error;
using axle::Result;

TEST_SUITE_BEGIN("ipc::Error");

namespace {

Result<int> number(bool good) {
  if (!good) return axle::fail(errc::usage, "no number");
  return 7;
}

Result<> check(bool good) {
  TRY(number(good));
  return {};
}

Result<std::string> text(bool first, bool second) {
  TRY(auto n, number(first));
  TRY(check(second));
  return std::to_string(n);
}

}  // namespace

TEST_CASE("TRY goes on with the value or returns the error") {
  CHECK(text(true, true).value() == "7");
  REQUIRE(!text(false, true));
  CHECK(text(false, true).error().code == errc::usage);
  REQUIRE(!text(true, false));
  CHECK(text(true, false).error().message == "no number");
}

TEST_CASE("R4.1 backend_gone is the broken pipe of the standard library") {
  CHECK(make_error_code(errc::backend_gone) == std::errc::broken_pipe);
  CHECK(make_error_code(errc::hook_failed) != std::errc::broken_pipe);
}

TEST_CASE("Every code has a text and an exit code") {
  const std::pair<errc, int> expected[] = {
      {errc::hook_failed, 1},
      {errc::hook_missing, 1},
      {errc::usage, 2},
      {errc::invalid_project, 3},
      {errc::environment_failed, 4},
      {errc::backend_unavailable, 4},
      {errc::backend_gone, 5},
      {errc::timed_out, 6},
      {errc::bad_artifact, 7},
      {errc::cancelled, 130},
      {errc::invalid_state, 70},
      {errc::protocol_error, 70},
      {errc::io_error, 74},
      {errc::internal, 70},
  };
  for (const auto& [code, exit] : expected) {
    CAPTURE(static_cast<int>(code));
    CHECK(axle::exit_code(Error{.code = code, .message = ""}) == exit);
    CHECK(make_error_code(code).message() != "unknown error");
  }
  CHECK(axle::exit_code(Error{.code = errc::cancelled, .message = "", .signal = 15}) == 143);
}

TEST_CASE("fail_errno tells the system's own text") {
  const Result<> failed = axle::fail_errno(errc::io_error, "cannot open /x", ENOENT);
  CHECK(failed.error().message == "cannot open /x: No such file or directory");
}

TEST_SUITE_END();
