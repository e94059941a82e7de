#include "frontend/environment_variables.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

using axle::frontend::EnvironmentVariables;

using Entries = std::vector<std::string>;

TEST_SUITE_BEGIN("frontend::EnvironmentVariables");

TEST_CASE("EnvironmentVariables knows those of this process") {
  REQUIRE(::setenv("AXLE_TEST_VARIABLE", "a=b", 1) == 0);
  CHECK(EnvironmentVariables::current().value("AXLE_TEST_VARIABLE") == "a=b");
  ::unsetenv("AXLE_TEST_VARIABLE");
  CHECK(EnvironmentVariables::current().value("AXLE_TEST_VARIABLE") == std::nullopt);
}

TEST_CASE("EnvironmentVariables takes the first of two with one name") {
  const EnvironmentVariables variables(Entries{"A=1", "B=2", "A=3"});
  CHECK(variables.entries() == Entries{"A=1", "B=2"});
}

TEST_CASE("EnvironmentVariables sets and removes by the whole name only") {
  EnvironmentVariables variables(Entries{"PATH=/bin", "PATHS=x", "EMPTY=", "ODD"});
  variables.set("PATH", "/usr/bin");
  variables.set("NEW", "");
  CHECK(variables.value("PATH") == "/usr/bin");
  CHECK(variables.value("EMPTY") == "");
  CHECK(variables.value("ODD") == std::nullopt);
  variables.remove({"PATH", "MISSING"});
  CHECK(variables.entries() == Entries{"PATHS=x", "EMPTY=", "ODD", "NEW="});
}

TEST_CASE("EnvironmentVariables puts a folder first on PATH and keeps the system's own folders") {
  EnvironmentVariables variables(Entries{"PATH=/opt/bin:/bin"});
  variables.put_first_on_path("/env/bin");
  CHECK(variables.value("PATH") == "/env/bin:/opt/bin:/bin");
  for (const Entries& without : {Entries{}, Entries{"PATH="}}) {
    EnvironmentVariables bare(without);
    bare.put_first_on_path("/env/bin");
    CHECK(bare.value("PATH") == "/env/bin:/usr/local/bin:/usr/bin:/bin");
  }
}

TEST_SUITE_END();
