#include "frontend/backend_match.hpp"

#include <doctest/doctest.h>

using namespace axle;
using namespace axle::frontend;

TEST_SUITE_BEGIN("frontend::serves");

TEST_CASE("A backend serves every source tree unless it belongs to one") {
  BackendSpec running{.module = "backend", .source_tree = "/one"};
  BackendSpec wanted{.module = "backend", .source_tree = "/two", .project = "/two"};
  CHECK(serves(running, wanted));
  SUBCASE("an in-tree backend") {
    wanted.backend_path = running.backend_path = {"/one/backend"};
  }
  SUBCASE("a relative folder in PYTHONPATH") {
    wanted.environment = running.environment = {"PATH=/bin", "PYTHONPATH=/lib:src"};
  }
  SUBCASE("an empty one, which is the current folder") {
    wanted.environment = running.environment = {"PYTHONPATH=/lib:"};
  }
  CHECK(belongs_to_source_tree(wanted));
  CHECK_FALSE(serves(running, wanted));
  wanted.source_tree = "/one";
  CHECK(serves(running, wanted));
}

TEST_CASE("A backend with absolute folders in PYTHONPATH belongs to no source tree") {
  for (const char* entry : {"PYTHONPATH=", "PYTHONPATH=/lib", "PYTHONPATH=/a:/b", "PATH=bin:"}) {
    CAPTURE(entry);
    CHECK_FALSE(belongs_to_source_tree({.environment = {entry}}));
  }
}

TEST_SUITE_END();
