#include "frontend/requirement.hpp"

#include <doctest/doctest.h>

using namespace axle::frontend;

TEST_SUITE_BEGIN("frontend::requirement");

TEST_CASE("The name in a requirement is what stands at its beginning") {
  CHECK(required_name("setuptools") == "setuptools");
  CHECK(required_name(" Foo_Bar[x]>=1; python_version<'4'") == "foo-bar");
  CHECK(required_name("foo @ https://example.org/foo.whl") == "foo");
  CHECK(required_name("foo.bar~=1") == "foo-bar");
  CHECK(required_name("./foo").empty());
  CHECK(required_name("../foo").empty());
  CHECK(required_name("sub/foo.whl").empty());
  CHECK(required_name("https://example.org/foo.whl").empty());
  CHECK(required_name("--index-url x").empty());
  CHECK(required_name("# foo").empty());
  CHECK(required_name("").empty());
}

TEST_CASE("A requirement is one line that begins with a name") {
  CHECK(may_be_requirement("hatchling >= 1"));
  CHECK(may_be_requirement("\tfoo @ file:///x y"));
  CHECK(!may_be_requirement(""));
  CHECK(!may_be_requirement(" "));
  CHECK(!may_be_requirement("-r other.txt"));
  CHECK(!may_be_requirement("./foo"));
  CHECK(!may_be_requirement("foo\n--index-url x"));
  CHECK(!may_be_requirement("foo\x7f"));
}

TEST_SUITE_END();
