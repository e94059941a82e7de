#include "frontend/environment.hpp"

#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using axle::errc;
using axle::frontend::Environment;
using axle::frontend::Interpreter;
using axle::test::TempDir;

namespace fs = std::filesystem;

TEST_SUITE_BEGIN("frontend::Environment");

namespace {

Interpreter some_interpreter() {
  return {.executable = "/opt/venv/bin/python",
          .base_executable = "/opt/python/bin/python3.12",
          .real_executable = "/opt/python-3.12.1/bin/python3.12",
          .version = "3.12.1",
          .implementation = "cpython",
          .platform = "linux-x86_64",
          .prefix = "/opt/venv",
          .base_prefix = "/opt/python",
          .purelib = "lib/python3.12/site-packages",
          .platlib = "lib64/python3.12/site-packages",
          .is_virtual = true,
          .links_lib64 = true};
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("Environment is laid out as PEP 405 and venv have it") {
  const TempDir dir;
  const auto environment = Environment::create(some_interpreter(), dir / "a/env");
  REQUIRE(environment);
  const fs::path prefix = dir / "a/env";
  CHECK(environment->prefix() == prefix);
  CHECK(environment->python() == prefix / "bin/python");
  CHECK(environment->scripts() == prefix / "bin");
  CHECK(environment->site_packages() == prefix / "lib/python3.12/site-packages");
  CHECK(environment->interpreter().version == "3.12.1");

  CHECK(names_in(prefix) == Names{"bin", "include", "lib", "lib64", "pyvenv.cfg"});
  CHECK(names_in(prefix / "bin") == Names{"python", "python3", "python3.12"});
  CHECK(fs::read_symlink(prefix / "bin/python") == "/opt/python/bin/python3.12");
  CHECK(fs::read_symlink(prefix / "bin/python3") == "python");
  CHECK(fs::read_symlink(prefix / "bin/python3.12") == "python");
  CHECK(fs::read_symlink(prefix / "lib64") == "lib");
  CHECK(names_in(environment->site_packages()).empty());
  CHECK(dir.read("a/env/pyvenv.cfg") ==
        "home = /opt/python/bin\n"
        "include-system-site-packages = false\n"
        "version = 3.12.1\n"
        "executable = /opt/python-3.12.1/bin/python3.12\n"
        "made-by = axle\n");
  CHECK(Environment::is_of_axle(prefix));
  CHECK_FALSE(Environment::is_of_axle(dir / "a"));
  dir.write("other/pyvenv.cfg", "home = /opt/python/bin\n");
  CHECK_FALSE(Environment::is_of_axle(dir / "other"));
}

TEST_CASE("Environment of PyPy has its names and no lib64 where venv makes none") {
  const TempDir dir;
  Interpreter pypy = some_interpreter();
  pypy.implementation = "pypy";
  pypy.version = "3.9.17";
  pypy.links_lib64 = false;
  pypy.purelib = pypy.platlib = "lib/pypy3.9/site-packages";
  const auto environment = Environment::create(pypy, dir / "env");
  REQUIRE(environment);
  CHECK(names_in(dir / "env/bin") == Names{"pypy", "pypy3", "python", "python3", "python3.9"});
  CHECK(names_in(dir / "env") == Names{"bin", "include", "lib", "pyvenv.cfg"});
  CHECK(fs::is_directory(dir / "env/lib/pypy3.9/site-packages"));
}

TEST_CASE("Environment has no symbolic link in its prefix") {
  const TempDir dir;
  dir.make_directory("real");
  fs::create_symlink("real", dir / "link");
  const auto environment = Environment::create(some_interpreter(), dir / "link/env");
  REQUIRE(environment);
  CHECK(environment->prefix() == dir / "real/env");
}

TEST_CASE("Environment is not made where something is or where nothing can be") {
  const TempDir dir;
  dir.write("used/file", "");
  const auto in_used = Environment::create(some_interpreter(), dir / "used");
  REQUIRE(!in_used);
  CHECK(in_used.error().code == errc::environment_failed);
  CHECK(names_in(dir / "used") == Names{"file"});

  const auto below_file = Environment::create(some_interpreter(), dir / "used/file/env");
  REQUIRE(!below_file);
  CHECK(below_file.error().code == errc::environment_failed);
  CHECK(below_file.error().message.find("Not a directory") != std::string::npos);
}

TEST_CASE("Environment keeps the caller's Python and the tokens of uv out of its processes") {
  const TempDir dir;
  const auto environment = Environment::create(some_interpreter(), dir / "env");
  REQUIRE(environment);
  const Names base = {"HOME=/root",
                      "PATH=/usr/bin",
                      "PYTHONPATH=/x",
                      "PYTHONHOME=/y",
                      "__PYVENV_LAUNCHER__=/z",
                      "VIRTUAL_ENV=/other",
                      "PYTHONDONTWRITEBYTECODE=1",
                      "UV_API_KEY=a",
                      "UV_AUTH_TOKEN=b",
                      "PYX_API_KEY=c",
                      "PYX_AUTH_TOKEN=d",
                      "UV_CACHE_DIR=/cache"};
  const std::string prefix = (dir / "env").string();
  Names variables = environment->environment_variables(base);
  std::ranges::sort(variables);
  CHECK(variables == Names{"HOME=/root",
                           "PATH=" + prefix + "/bin:/usr/bin",
                           "PYTHONDONTWRITEBYTECODE=1",
                           "PYTHONNOUSERSITE=1",
                           "UV_CACHE_DIR=/cache",
                           "VIRTUAL_ENV=" + prefix});
}

TEST_CASE("Environment of a virtual interpreter as it is only puts its programs first on PATH") {
  const Environment environment = Environment::of(some_interpreter());
  CHECK(environment.python() == "/opt/venv/bin/python");
  CHECK(environment.prefix() == "/opt/venv");
  CHECK(environment.scripts() == "/opt/venv/bin");
  CHECK(environment.site_packages() == "/opt/venv/lib/python3.12/site-packages");
  const Names variables = environment.environment_variables(
      Names{"PYTHONPATH=/x", "PATH=/usr/bin", "VIRTUAL_ENV=/other", "UV_API_KEY=a"});
  CHECK(variables == Names{"PYTHONPATH=/x", "VIRTUAL_ENV=/other", "PATH=/opt/venv/bin:/usr/bin"});
}

TEST_CASE("Environment of a base interpreter as it is leaves PATH alone") {
  Interpreter base = some_interpreter();
  base.is_virtual = false;
  const Environment environment = Environment::of(base);
  CHECK(environment.site_packages().empty());
  CHECK(environment.environment_variables(Names{"A=1", "PATH=/usr/bin"}) ==
        Names{"A=1", "PATH=/usr/bin"});
}

TEST_SUITE_END();
