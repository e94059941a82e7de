#include "cli/peer_options.hpp"

#include "cli/arguments.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

using namespace axle::cli;

TEST_SUITE_BEGIN("cli::peer_options");

namespace {

std::string hint(const std::vector<std::string>& words) {
  const auto arguments = parse_arguments(words);
  REQUIRE(!arguments);
  CHECK(arguments.error().code == axle::errc::usage);
  return arguments.error().hint;
}

}  // namespace

TEST_CASE("An option of another frontend is answered with what it is called here") {
  CHECK(hint({"build", "--wheel-dir", "x"}) == "did you mean --outdir?");
  CHECK(hint({"build", "--wheel-dir=x"}) == "did you mean --outdir?");
  CHECK(hint({"build", "--no-build-isolation"}) == "did you mean --no-isolation?");
  CHECK(hint({"build", "--no-color"}) == "here that is --color never");
  CHECK(hint({"build", "-i", "x"}) == "did you mean --index?");
  CHECK(hint({"build", "--metadata"}) == "a command does that: axle metadata");
}

TEST_CASE("A command of another frontend is answered with the option that it is here") {
  CHECK(hint({"wheel", "."}) == "did you mean axle build --wheel?");
  CHECK(hint({"sdist"}) == "did you mean axle build --sdist?");
}

TEST_CASE("Those that are nearly called the same are found by their letters") {
  CHECK(hint({"build", "--out-dir", "x"}) == "did you mean --outdir?");
  CHECK(hint({"build", "--build-constraints", "x"}) == "did you mean --build-constraint?");
  CHECK(hint({"build", "--config-settings", "x=1"}) == "did you mean --config-setting?");
  CHECK(hint({"build", "--extra-index-url", "x"}) == "did you mean --extra-index?");
  CHECK(hint({"build", "--clean"}) == "did you mean --clear?");
}

TEST_CASE("No command is said to have an option that it has not") {
  CHECK(hint({"metadata", "--wheel-dir", "x"}) == "see axle metadata --help");
  CHECK(hint({"daemon", "status", "--no-clean"}) == "see axle daemon --help");
  constexpr std::array<std::string_view, 1> known{"--outdir"};
  CHECK(peer_option_hint("--wheel-dir", known) == "did you mean --outdir?");
  CHECK(peer_option_hint("--wheel-dir", {}).empty());
  CHECK(peer_option_hint("--nothing", known).empty());
}

TEST_SUITE_END();
