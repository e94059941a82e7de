#include "frontend/version.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

using axle::frontend::same_version;

TEST_SUITE_BEGIN("frontend::version");

TEST_CASE("same_version sees through every spelling of one version") {
  const std::pair<std::string, std::string> same[] = {
      {"1.0", "1.0"},
      {"1.0", "1.0.0"},
      {"1", "1.0.0.0"},
      {"0", "0.0"},
      {"01.002", "1.2"},
      {"v1.0", "1.0"},
      {"V1.0", "1.0"},
      {" 1.0\n", "1.0"},
      {"1.0A1", "1.0a1"},
      {"1.0alpha1", "1.0a1"},
      {"1.0.beta.2", "1.0b2"},
      {"1.0-c1", "1.0rc1"},
      {"1.0pre1", "1.0rc1"},
      {"1.0_preview_1", "1.0rc1"},
      {"1.0RC", "1.0rc0"},
      {"1.0rc01", "1.0rc1"},
      {"1.0-1", "1.0.post1"},
      {"1.0_1", "1.0.post1"},
      {"1.0rev2", "1.0.post2"},
      {"1.0-r3", "1.0.post3"},
      {"1.0post", "1.0.post0"},
      {"1.0dev", "1.0.dev0"},
      {"1.0-dev-3", "1.0.dev3"},
      {"1.0a1dev2", "1.0a1.dev2"},
      {"0!1.0", "1.0"},
      {"1!2.0", "1!2"},
      {"1.0+Ubuntu-1", "1.0+ubuntu.1"},
      {"1.0+abc_01", "1.0+abc.1"},
      {"2024.01.05", "2024.1.5"},
      {"1.0a.", "1.0a0"},
      {"1.0.rev-.dev", "1.0.post0.dev0"},
      {"1.0rc-+x", "1.0rc0+x"},
      {"1.0a1.post2.dev3+x.y", "1.0-alpha-1-2-dev-3+X_Y"},
      {"99999999999999999999.0", "099999999999999999999"},
  };
  for (const auto& [a, b] : same) {
    CAPTURE(a);
    CAPTURE(b);
    CHECK(same_version(a, b));
    CHECK(same_version(b, a));
  }
}

TEST_CASE("same_version tells versions apart") {
  const std::pair<std::string, std::string> different[] = {
      {"1.0", "1.1"},        {"1.0", "1.0.1"},       {"1.0", "1.0a0"},
      {"1.0", "1.0.post0"},  {"1.0", "1.0.dev0"},    {"1.0", "1.0+local"},
      {"1.0a1", "1.0b1"},    {"1.0a1", "1.0a2"},     {"1!1.0", "1.0"},
      {"10", "1"},           {"1.0.0.1", "1.1"},     {"1.0a1.dev1", "1.0a1"},
      {"1.0+a.1", "1.0+a1"}, {"1.0.post1", "1.0a1"}, {"1.0", ""},
      {"1.0.10", "1.0.1"},   {"1.0+", "1.0"},        {"1.0+x..y", "1.0+x.y"},
      {"1.0 final", "1.0"},  {"1.0.", "1.0"},
  };
  for (const auto& [a, b] : different) {
    CAPTURE(a);
    CAPTURE(b);
    CHECK(!same_version(a, b));
    CHECK(!same_version(b, a));
  }
}

TEST_CASE("same_version takes what is no version as it is, but for case and separators") {
  CHECK(same_version("Unknown", "unknown"));
  CHECK(same_version("1.0-SNAPSHOT", "1.0_snapshot"));
  CHECK(!same_version("1.0-SNAPSHOT", "1.0-other"));
  CHECK(same_version("", ""));
}

TEST_SUITE_END();
