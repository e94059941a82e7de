#include "frontend/file_name.hpp"

#include <doctest/doctest.h>

#include <string>

using axle::errc;
using namespace axle::frontend;

TEST_SUITE_BEGIN("frontend::file_name");

TEST_CASE("parse_wheel_name takes a name of five parts") {
  const auto name = parse_wheel_name("PyYAML-6.0.3-cp311-cp311-manylinux_2_17_x86_64.whl");
  REQUIRE(name);
  CHECK(name->distribution == "PyYAML");
  CHECK(name->version == "6.0.3");
  CHECK(name->build_tag.empty());
  CHECK(name->python_tag == "cp311");
  CHECK(name->abi_tag == "cp311");
  CHECK(name->platform_tag == "manylinux_2_17_x86_64");
}

TEST_CASE("parse_wheel_name takes a build tag and compressed tag sets") {
  const auto name = parse_wheel_name("foo.bar-1!2.0+cpu-1abc-py2.py3-none-any.whl");
  REQUIRE(name);
  CHECK(name->distribution == "foo.bar");
  CHECK(name->version == "1!2.0+cpu");
  CHECK(name->build_tag == "1abc");
  CHECK(name->python_tag == "py2.py3");
  CHECK(name->platform_tag == "any");
}

TEST_CASE("parse_wheel_name refuses what is no name of a wheel") {
  for (const std::string wrong : {"foo-1.0.tar.gz",
                                  "foo-1.0-py3-none.whl",
                                  "foo-1.0-1-py3-none-any-more.whl",
                                  ".whl",
                                  "foo-1.0-x1-py3-none-any.whl",
                                  "foo bar-1.0-py3-none-any.whl",
                                  "-1.0-py3-none-any.whl",
                                  "foo--py3-none-any.whl",
                                  "foo-1.0--none-any.whl",
                                  "foo-1.0-py3-none-.whl",
                                  "foo-1 0-py3-none-any.whl",
                                  "foo-1.0-py3-none-any.WHL",
                                  "foo-1.0-py3-none-a/b.whl",
                                  "foo-1.0--py3-none-any.whl"}) {
    CAPTURE(wrong);
    const auto name = parse_wheel_name(wrong);
    REQUIRE(!name);
    CHECK(name.error().code == errc::bad_artifact);
    CHECK(!name.error().hint.empty());
  }
}

TEST_CASE("sdist_stem knows the suffix of today and the legacy ones") {
  for (const std::string suffix : {".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip"}) {
    CAPTURE(suffix);
    CHECK(sdist_stem("foo-1.0" + suffix) == "foo-1.0");
  }
  CHECK(!sdist_stem("foo-1.0.whl"));
  CHECK(!sdist_stem("foo-1.0"));
  CHECK(!sdist_stem("foo-1.0.tar"));
}

TEST_CASE("looks_like_sdist_stem wants a name and a version") {
  CHECK(looks_like_sdist_stem("foo-1.0"));
  CHECK(looks_like_sdist_stem("foo-bar-v2"));
  CHECK(looks_like_sdist_stem("foo-2bar-1.0"));
  CHECK(!looks_like_sdist_stem("foo"));
  CHECK(!looks_like_sdist_stem("foo-bar"));
  CHECK(!looks_like_sdist_stem("foo-"));
  CHECK(!looks_like_sdist_stem("-1.0"));
  CHECK(!looks_like_sdist_stem(""));
}

TEST_CASE("is_stem_of compares normalised names and versions, with hyphens anywhere") {
  CHECK(is_stem_of("foo_bar-1.0", "Foo.Bar", "1.0.0"));
  CHECK(is_stem_of("Foo-Bar-1.0", "foo_bar", "1.0"));
  CHECK(is_stem_of("foo-1.0-1", "foo", "1.0.post1"));
  CHECK(is_stem_of("foo-unknown", "foo", "UNKNOWN"));
  CHECK(!is_stem_of("foo-bar-1.0", "foo", "1.0"));
  CHECK(!is_stem_of("foo-1.0", "foo", "1.1"));
  CHECK(!is_stem_of("foo", "foo", ""));
}

TEST_SUITE_END();
