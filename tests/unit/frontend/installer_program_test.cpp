#include "frontend/installer_program.hpp"

#include "frontend/pip.hpp"
#include "frontend/uv.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

using axle::errc;
using axle::frontend::check_requirements;
using axle::frontend::Environment;
using axle::frontend::EnvironmentVariables;
using axle::frontend::installer_variables;
using axle::frontend::Interpreter;
using axle::frontend::pip_install_arguments;
using axle::frontend::uv_install_arguments;
using axle::test::TempDir;

using namespace std::string_literals;
using Lines = std::vector<std::string>;

TEST_SUITE_BEGIN("frontend::installer_program");

namespace {

Environment empty_environment(const std::filesystem::path& folder) {
  return Environment::create({.base_executable = "/usr/bin/python3",
                              .version = "3.11.2",
                              .purelib = "lib/python3.11/site-packages",
                              .platlib = "lib/python3.11/site-packages"},
                             folder)
      .value();
}

}  // namespace

TEST_CASE("An installer hears the user's settings but for those that lead elsewhere") {
  const TempDir dir;
  const Environment environment = empty_environment(dir / "env");
  const Lines kept = {"HOME=/root",
                      "PATH=/usr/bin",
                      "PIP_INDEX_URL=https://index",
                      "PIP_CONSTRAINT=c.txt",
                      "UV_API_KEY=token",
                      "UV_OFFLINE=1",
                      "PYTHONDONTWRITEBYTECODE=1"};
  Lines base = kept;
  for (const char* name : {"PIP_DRY_RUN",
                           "PIP_EDITABLE",
                           "PIP_GROUP",
                           "PIP_PREFIX",
                           "PIP_PYTHON",
                           "PIP_REPORT",
                           "PIP_REQUIREMENT",
                           "PIP_REQUIRE_VIRTUALENV",
                           "PIP_ROOT",
                           "PIP_TARGET",
                           "PIP_USER",
                           "PYTHONHOME",
                           "PYTHONPATH",
                           "UV_DRY_RUN",
                           "UV_PREFIX",
                           "UV_PROJECT_ENVIRONMENT",
                           "UV_PYTHON",
                           "UV_SYSTEM_PYTHON",
                           "UV_TARGET",
                           "VIRTUAL_ENV",
                           "__PYVENV_LAUNCHER__",
                           "TMPDIR"}) {
    base.push_back(name + "=/elsewhere"s);
  }
  Lines expected = kept;
  expected.push_back("VIRTUAL_ENV=" + (dir / "env").string());
  expected.push_back("TMPDIR=/scratch");
  CHECK(installer_variables(EnvironmentVariables(base), environment, "/scratch").entries() ==
        expected);
}

TEST_CASE("A requirement that is an option or not one line is refused") {
  CHECK(check_requirements({"setuptools>=61", " wheel ; python_version < '4'", "a @ file:///a-b"}));
  CHECK(check_requirements({}));
  for (const std::string& bad :
       {"-e ."s, " --index-url=https://x"s, ""s, "  "s, "a\n-e ."s, "a\rb"s, "a\0b"s}) {
    CAPTURE(bad);
    const auto checked = check_requirements({"wheel", bad});
    REQUIRE(!checked);
    CHECK(checked.error().code == errc::environment_failed);
  }
}

TEST_CASE("pip is told to ask nothing and to take requirements from a file") {
  CHECK(pip_install_arguments("/tmp/r.txt") == Lines{"install",
                                                     "--use-pep517",
                                                     "--no-warn-script-location",
                                                     "--no-compile",
                                                     "--no-input",
                                                     "--no-user",
                                                     "--disable-pip-version-check",
                                                     "-r",
                                                     "/tmp/r.txt"});
}

TEST_CASE("uv is told the environment's interpreter and takes no requirement for an option") {
  const TempDir dir;
  CHECK(uv_install_arguments(empty_environment(dir / "env"), {"a", "b>1"}) ==
        Lines{"pip", "install", "--python", (dir / "env/bin/python").string(), "--", "a", "b>1"});
}

TEST_SUITE_END();
