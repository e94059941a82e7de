#include "frontend/environment_key.hpp"

#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <set>

using axle::frontend::environment_key;
using axle::frontend::InstallerChoice;
using axle::frontend::Interpreter;
using axle::frontend::sorted_requirements;
using axle::test::TempDir;

using Requirements = std::vector<std::string>;

TEST_SUITE_BEGIN("frontend::environment_key");

namespace {

Interpreter some_interpreter() {
  return {.executable = "/venv/bin/python",
          .base_executable = "/usr/bin/python3",
          .real_executable = "/nonexistent/bin/python3.11",
          .version = "3.11.2",
          .implementation = "cpython",
          .platform = "linux-x86_64",
          .prefix = "/venv",
          .base_prefix = "/usr",
          .purelib = "lib/python3.11/site-packages",
          .platlib = "lib/python3.11/site-packages"};
}

}  // namespace

TEST_CASE("sorted_requirements sorts and has each once") {
  CHECK(sorted_requirements({"wheel", "setuptools>=61", "wheel"}) ==
        Requirements{"setuptools>=61", "wheel"});
  CHECK(sorted_requirements({}).empty());
}

TEST_CASE("environment_key is the SHA-256 of its parts with their lengths") {
  const std::string key =
      environment_key(some_interpreter(), {"wheel", "setuptools>=61"}, InstallerChoice::automatic);
  // (printf '18:axle environment 227:/nonexistent/bin/python3.117:cpython6:3.11.212:linux-x86_64'
  // printf '9:automatic4:none14:setuptools>=615:wheel') | sha256sum
  CHECK(key == "f381d36ff5289aa3542fe092e5b2341e69a7dc55416a0309bd2f2a3fdf876c23");
}

TEST_CASE("environment_key is the same for all ways to one interpreter and one set") {
  Interpreter other = some_interpreter();
  other.executable = other.base_executable = "/usr/bin/python3.11";
  other.prefix = "/usr";
  CHECK(environment_key(some_interpreter(), {"b", "a", "b"}, InstallerChoice::uv) ==
        environment_key(other, {"a", "b"}, InstallerChoice::uv));
}

TEST_CASE("environment_key differs wherever the content of the environment may differ") {
  std::set<std::string> keys;
  const auto add = [&](const Interpreter& interpreter,
                       const Requirements& requirements,
                       InstallerChoice choice = InstallerChoice::automatic) {
    return keys.insert(environment_key(interpreter, requirements, choice)).second;
  };
  CHECK(add(some_interpreter(), {}));
  CHECK(add(some_interpreter(), {"a"}));
  CHECK(add(some_interpreter(), {"a"}, InstallerChoice::uv));
  CHECK(add(some_interpreter(), {"a"}, InstallerChoice::pip));
  CHECK(add(some_interpreter(), {"a", "b"}));
  CHECK(add(some_interpreter(), {"a1:b"}));
  CHECK(add(some_interpreter(), {"ab"}));
  for (const auto member :
       {&Interpreter::version, &Interpreter::implementation, &Interpreter::platform}) {
    Interpreter changed = some_interpreter();
    changed.*member += "x";
    CHECK(add(changed, {"a"}));
  }
  Interpreter moved = some_interpreter();
  moved.real_executable = "/opt/bin/python3.11";
  CHECK(add(moved, {"a"}));
}

TEST_CASE("environment_key differs for other settings and other files behind one name") {
  const TempDir dir;
  Interpreter interpreter = some_interpreter();
  interpreter.real_executable = dir.write("python", "1");
  const Requirements requirements = {"a @ file://" + dir.write("a.whl", "1").string()};
  std::set<std::string> keys;
  const auto add = [&](const Requirements& settings) {
    return keys
        .insert(environment_key(interpreter, requirements, InstallerChoice::automatic, settings))
        .second;
  };
  CHECK(add({}));
  CHECK(add({"PIP_PRE=1"}));
  CHECK(add({"PIP_PRE=1", "UV_PRE=1"}));
  CHECK_FALSE(add({}));
  dir.write("a.whl", "22");
  CHECK(add({}));
  dir.write("python", "22");
  CHECK(add({}));
}

TEST_SUITE_END();
