#include "frontend/installer_failure.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using axle::errc;
using axle::Error;
using axle::frontend::describe;
using axle::frontend::InstallerFailure;

TEST_SUITE_BEGIN("frontend::installer_failure");

namespace {

Error failed(std::string_view err, std::string_view out = "") {
  return describe({.installer = "pip 23.2.1 of /usr/bin/python3",
                   .requirements = {"foo==99", "bar @ https://me:secret@host/bar.whl"},
                   .status = {.code = 1},
                   .out = out,
                   .err = err});
}

bool hints_at(std::string_view err, std::string_view word) {
  return failed(err).hint.find(word) != std::string::npos;
}

}  // namespace

TEST_CASE("A failed installation tells requirements and status and the installer's own errors") {
  const Error error = failed(
      "WARNING: Retrying https://me:secret@host/\n"
      "ERROR: Could not find a version that satisfies the requirement foo==99\n"
      "\x1b[31mERROR: No matching distribution found for foo==99\x1b[0m\n",
      "Collecting foo==99\n");
  CHECK(error.code == errc::environment_failed);
  CHECK(error.message ==
        "pip 23.2.1 of /usr/bin/python3 could not install 'foo==99', 'bar @ "
        "https://****@host/bar.whl': it exited with code 1 and printed:\n"
        "  ERROR: Could not find a version that satisfies the requirement foo==99\n"
        "  ERROR: No matching distribution found for foo==99");
}

TEST_CASE("A failed installation tells all from the first error of uv on") {
  const Error error = failed(
      "Using Python 3.11.7 environment at: e1\n"
      "  × No solution found when resolving dependencies:\n"
      "  ╰─▶ Because there is no version of foo==99, your requirements are unsatisfiable.\n");
  CHECK(error.message.ends_with(
      "and printed:\n"
      "    × No solution found when resolving dependencies:\n"
      "    ╰─▶ Because there is no version of foo==99, your requirements are unsatisfiable."));
}

TEST_CASE("A failed installation without an error line tells the last few lines or none") {
  CHECK(failed("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n")
            .message.ends_with("and printed:\n  3\n  4\n  5\n  6\n  7\n  8\n  9\n  10"));
  CHECK(failed("", "on stdout\n").message.ends_with("and printed:\n  on stdout"));
  CHECK(failed("").message.ends_with("it exited with code 1"));
}

TEST_CASE("A long error keeps its beginning and its end") {
  std::string text = "error: subprocess-exited-with-error\n× Getting requirements failed\n";
  for (int i = 0; i < 100; ++i) text += std::to_string(i) + "\n";
  const std::string message = failed(text).message;
  const std::string block = message.substr(message.find('\n'));
  CHECK(block.starts_with(
      "\n  error: subprocess-exited-with-error\n  × Getting requirements failed\n  …\n  83\n"));
  CHECK(block.ends_with("\n  99"));
  CHECK(std::ranges::count(block, '\n') == 20);
}

TEST_CASE("A failed installation hints at the cause that is known") {
  CHECK(
      hints_at("... NewConnectionError('Failed to establish a new connection')\n"
               "ERROR: No matching distribution found for foo",
               "network"));
  CHECK(hints_at("error: Request failed\n  cause: dns error", "network"));
  CHECK(hints_at("hint: Packages were unavailable because the network was disabled.", "network"));
  CHECK(
      hints_at("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on "
               "device",
               "TMPDIR"));
  CHECK(hints_at("certificate verify failed: CERTIFICATE_VERIFY_FAILED", "certificate"));
  CHECK(hints_at("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "hashes"));
  CHECK(hints_at("  cause: Hash mismatch for `flit-core==3.9.0`", "hashes"));
  CHECK(hints_at("ERROR: Invalid requirement: 'a b c'", "Correct the requirement"));
  CHECK(hints_at("error: Failed to parse: `a b c`", "Correct the requirement"));
  CHECK(hints_at("error: Failed to parse: /etc/uv/uv.toml\n  cause: TOML parse error at line 2",
                 "the file that is named"));
  CHECK(hints_at("ERROR: Ignored the following versions that require a different python version",
                 "interpreter"));
  CHECK(
      hints_at("the current Python version (3.8.18) does not satisfy Python>=3.11", "interpreter"));
  CHECK(hints_at("ERROR: No matching distribution found for foo==99", "names and versions"));
  CHECK(hints_at("error: No solution found when resolving dependencies", "names and versions"));
  CHECK(hints_at("LookupError: file:///w/b-1.0.tar.gz is already being built: b from file:///w/b",
                 "needs itself to be built"));
  CHECK(hints_at("  ╰─▶ Cyclic build dependency detected for `b`", "needs itself to be built"));
  CHECK(failed("ERROR: something new").hint.empty());
}

TEST_SUITE_END();
