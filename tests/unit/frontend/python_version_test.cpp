#include "frontend/python_version.hpp"

#include <doctest/doctest.h>

#include <string>

using axle::errc;
using axle::frontend::fits_python;
using axle::frontend::is_version_wish;

TEST_SUITE_BEGIN("frontend::python_version");

TEST_CASE("A Python fits a version that it begins with, part for part") {
  for (const char* wish : {"3", "3.12", "3.12.1", " 3.12 ", ""}) {
    CAPTURE(wish);
    CHECK(fits_python("3.12.1", wish).value());
  }
  for (const char* wish : {"3.1", "3.12.10", "2", "3.13"}) {
    CAPTURE(wish);
    CHECK_FALSE(fits_python("3.12.1", wish).value());
  }
}

TEST_CASE("A Python fits specifiers if it fits them all") {
  for (const char* wish : {">=3.8",
                           ">= 3.8 , <4",
                           "==3.12.*",
                           "==3.12.1",
                           "!=3.11.*",
                           "!=3.12.0",
                           "~=3.8",
                           "~=3.12.0",
                           "<=3.12.1",
                           ">3.12",
                           "<3.13"}) {
    CAPTURE(wish);
    CHECK(fits_python("3.12.1", wish).value());
  }
  for (const char* wish : {">=3.13",
                           ">=3.8,<3.12",
                           "==3.12",
                           "==3.11.*",
                           "!=3.12.*",
                           "~=3.11.0",
                           "~=2.7",
                           "<3.12.1",
                           ">3.12.1"}) {
    CAPTURE(wish);
    CHECK_FALSE(fits_python("3.12.1", wish).value());
  }
  CHECK(fits_python("3.15.0rc1", ">=3.15").value());
}

TEST_CASE("What is no version is refused") {
  for (const char* wish : {"three", ">=", "3.x", "~=3", ">=3.*", "3..1"}) {
    CAPTURE(wish);
    const auto fits = fits_python("3.12.1", wish);
    REQUIRE(!fits);
    CHECK(fits.error().code == errc::usage);
  }
}

TEST_CASE("A wish for a version is none for a program") {
  for (const char* wish : {"3.12", ">=3", "~=3.1", "==3.12.*", "!=3.1"})
    CHECK(is_version_wish(wish));
  for (const char* name : {"python3.12", "./3.12", "pypy3", ""}) CHECK_FALSE(is_version_wish(name));
}

TEST_SUITE_END();
