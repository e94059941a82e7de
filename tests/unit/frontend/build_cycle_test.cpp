#include "frontend/build_cycle.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using axle::frontend::describe_cycle;
using Strings = std::vector<std::string>;

TEST_SUITE_BEGIN("frontend::build_cycle");

TEST_CASE("describe_cycle finds the project among its own requirements in any spelling") {
  for (const char* requirement :
       {"foo-bar", " Foo.Bar>=1", "foo_bar[x] ; python_version > '3'", "FOO--bar@ file:///x"}) {
    CAPTURE(requirement);
    const auto cycle = describe_cycle("Foo_Bar", Strings{"other", requirement});
    REQUIRE(cycle);
    CHECK(cycle->starts_with("Foo_Bar needs itself"));
    CHECK(cycle->find(requirement) != std::string::npos);
  }
}

TEST_CASE("describe_cycle finds nothing in other names or where the project has none") {
  CHECK(!describe_cycle("foo", Strings{"foo-bar", "foobar", "x-foo", ""}));
  CHECK(!describe_cycle("", Strings{"", "foo"}));
  CHECK(!describe_cycle("foo", Strings{}));
}
