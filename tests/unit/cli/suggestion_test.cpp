#include "cli/suggestion.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

using axle::cli::nearest;

TEST_SUITE_BEGIN("cli::suggestion");

namespace {

constexpr std::array<std::string_view, 4> commands{"build", "metadata", "requires", "hook"};

}  // namespace

TEST_CASE("The nearest word is the one with a letter swapped, left out, added or changed") {
  CHECK(nearest("biuld", commands) == "build");
  CHECK(nearest("buil", commands) == "build");
  CHECK(nearest("builds", commands) == "build");
  CHECK(nearest("hool", commands) == "hook");
  CHECK(nearest("build", commands) == "build");
}

TEST_CASE("A word that was not finished is the one that it begins") {
  CHECK(nearest("meta", commands) == "metadata");
  CHECK(nearest("req", commands) == "requires");
}

TEST_CASE("No word is suggested for what is like none of them") {
  CHECK(nearest("install", commands).empty());
  CHECK(nearest("", commands).empty());
  CHECK(nearest("x", commands).empty());
  CHECK(nearest(std::string(100'000, 'b'), commands).empty());
  CHECK(nearest("build", {}).empty());
}

TEST_SUITE_END();
