#include "frontend/local_requirement.hpp"

#include <doctest/doctest.h>

using axle::frontend::local_path_of;

TEST_SUITE_BEGIN("frontend::local_path_of");

TEST_CASE("local_path_of finds the file that a requirement names") {
  CHECK(local_path_of("a @ file:///wheels/a-1.0.whl") == "/wheels/a-1.0.whl");
  CHECK(local_path_of("a[x] @ file:///wheels/a%20b.whl#sha256=12 ; python_version > '3'") ==
        "/wheels/a b.whl");
  CHECK(local_path_of("a @ file://localhost/wheels/a.whl;python_version>'3'") == "/wheels/a.whl");
  CHECK(local_path_of("a@file:/wheels/a") == "/wheels/a");
  CHECK(local_path_of("a @ git+file:///repository@v1") == "/repository@v1");
  CHECK(local_path_of(" ./here[extra]") == "./here");
  CHECK(local_path_of("/wheels/a.whl ; python_version > '3'") == "/wheels/a.whl");
  CHECK(local_path_of("a @ file:///100%") == "/100%");
}

TEST_CASE("local_path_of finds nothing where a version or an index is named") {
  for (const char* requirement :
       {"", " ", "a", "a>=1", "a.b", "a @ https://example.org/a.whl", "profile: x"}) {
    CAPTURE(requirement);
    const bool is_file = std::string_view(requirement).find("file:") != std::string_view::npos;
    CHECK(local_path_of(requirement).has_value() == is_file);
  }
}

TEST_SUITE_END();
