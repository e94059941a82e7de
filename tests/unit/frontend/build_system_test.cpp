#include "frontend/build_system.hpp"

#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

using axle::errc;
using axle::Error;
using axle::frontend::BuildSystem;
using axle::frontend::read_build_system;
using axle::test::TempDir;
namespace fs = std::filesystem;

TEST_SUITE_BEGIN("frontend::BuildSystem");

namespace {

BuildSystem accepted(const TempDir& dir, const std::string& toml) {
  dir.write("pyproject.toml", toml);
  auto build_system = read_build_system(dir.path());
  if (!build_system) FAIL(build_system.error().message);
  return *build_system;
}

/// The error for `toml`, which has to stand at `place` ("line:column") of the file.
Error refused(const TempDir& dir, const std::string& toml, const std::string& place) {
  const fs::path file = dir.write("pyproject.toml", toml);
  const auto build_system = read_build_system(dir.path());
  INFO(toml);
  REQUIRE(!build_system);
  CHECK(build_system.error().code == errc::invalid_project);
  CHECK(build_system.error().message.substr(0, file.string().size() + place.size() + 3) ==
        file.string() + ':' + place + ": ");
  CHECK(!build_system.error().hint.empty());
  return build_system.error();
}

/// The error for a folder whose pyproject.toml is no file to be read.
Error unreadable(const TempDir& dir) {
  const auto build_system = read_build_system(dir.path());
  REQUIRE(!build_system);
  CHECK(build_system.error().code == errc::invalid_project);
  CHECK(build_system.error().message.find((dir / "pyproject.toml").string()) != std::string::npos);
  return build_system.error();
}

}  // namespace

TEST_CASE("BuildSystem is read from a full table") {
  const TempDir dir;
  const auto build_system =
      accepted(dir,
               "[build-system]\nrequires = ['hatchling >= 1', \"x; python_version"
               " > '3'\"]\nbuild-backend = 'hatchling.build:a.b'\n");
  CHECK(build_system.requirements ==
        std::vector<std::string>{"hatchling >= 1", "x; python_version > '3'"});
  CHECK(build_system.backend_module == "hatchling.build");
  CHECK(build_system.backend_object == "a.b");
  CHECK(build_system.backend() == "hatchling.build:a.b");
  CHECK(build_system.backend_path.empty());
  CHECK(!build_system.is_legacy_default);
  CHECK(build_system.warnings.empty());
}

TEST_CASE("BuildSystem takes no requirements and a backend without an object") {
  const TempDir dir;
  const auto build_system =
      accepted(dir, "build-system = {requires = [], build-backend = \"_own\u00e4.b2\"}\n");
  CHECK(build_system.requirements.empty());
  CHECK(build_system.backend() == "_own\u00e4.b2");
}

TEST_CASE("BuildSystem is that of setuptools where there is no pyproject.toml or no table") {
  const TempDir dir;
  dir.write("setup.py", "");
  const auto check = [&] {
    const auto build_system = read_build_system(dir.path());
    REQUIRE(build_system);
    CHECK(build_system->requirements == std::vector<std::string>{"setuptools >= 40.8.0"});
    CHECK(build_system->backend() == "setuptools.build_meta:__legacy__");
    CHECK(build_system->is_legacy_default);
    CHECK(build_system->warnings.empty());
  };
  SUBCASE("no pyproject.toml") {
    check();
  }
  SUBCASE("an empty one") {
    dir.write("pyproject.toml", "");
    check();
  }
  SUBCASE("one about other things") {
    dir.write("pyproject.toml", "[tool.black]\nline-length = 100\n[project]\nname = 'x'\n");
    check();
  }
  SUBCASE("setup.cfg is enough") {
    fs::remove(dir / "setup.py");
    dir.write("setup.cfg", "[metadata]\n");
    check();
  }
}

TEST_CASE("BuildSystem without a backend is the legacy one with its own requirements") {
  const TempDir dir;
  const auto build_system = accepted(dir, "[build-system]\nrequires = ['setuptools', 'wheel']\n");
  CHECK(build_system.requirements == std::vector<std::string>{"setuptools", "wheel"});
  CHECK(build_system.backend() == "setuptools.build_meta:__legacy__");
  CHECK(build_system.is_legacy_default);
}

TEST_CASE("BuildSystem needs a project") {
  const TempDir dir;
  const auto build_system = read_build_system(dir.path());
  REQUIRE(!build_system);
  CHECK(build_system.error().code == errc::invalid_project);
  CHECK(build_system.error().message.find("no pyproject.toml, setup.py or setup.cfg") !=
        std::string::npos);
}

TEST_CASE("BuildSystem warns of a pyproject.toml with nothing to build") {
  const TempDir dir;
  CHECK(accepted(dir, "[tool.black]\n").warnings.size() == 1);
  CHECK(accepted(dir, "[project]\nname = 'x'\n").warnings.empty());
}

TEST_CASE("BuildSystem tells broken TOML with its place") {
  const TempDir dir;
  refused(dir, "[build-system]\nrequires = [", "2:13");
  refused(dir, "x = 1\nx = 2\n", "2:5");
  refused(dir, "x = 'caf\xe9'\n", "1:8");
  refused(dir, "\n\n  = 3\n", "3:3");
}

TEST_CASE("BuildSystem refuses a table of wrong types or without requires") {
  const TempDir dir;
  refused(dir, "build-system = 'x'\n", "1:16");
  refused(dir, "[[build-system]]\nrequires = []\n", "1:1");
  refused(dir, "x = 1\n[build-system]\nbuild-backend = 'x'\n", "2:1");
  refused(dir, "[build-system]\nrequires = 'x'\n", "2:12");
  refused(dir, "[build-system]\nrequires = ['x', 3]\n", "2:18");
  refused(dir, "[build-system]\nrequires = ['x', ['y']]\n", "2:18");
  refused(dir, "[build-system]\nrequires = []\nbuild-backend = ['x']\n", "3:17");
  refused(dir, "[build-system]\nrequires = []\nbackend-path = '.'\nbuild-backend = 'x'\n", "3:16");
  refused(dir, "[build-system]\nrequires = []\nbackend-path = [{}]\nbuild-backend = 'x'\n", "3:17");
}

TEST_CASE("BuildSystem refuses requirements that are none or that could be options") {
  const TempDir dir;
  for (const std::string wrong : {"",
                                  "  ",
                                  "-e .",
                                  "--index-url=https://x",
                                  "./local",
                                  "x\\n--index-url https://x",
                                  "x\\u0000",
                                  "#x",
                                  "x\\r"}) {
    refused(dir, "[build-system]\nrequires = [\"ok\", \"" + wrong + "\"]\n", "2:19");
  }
}

TEST_CASE("BuildSystem checks the grammar of the backend") {
  const TempDir dir;
  for (const std::string wrong : {"",
                                  "build.api:backend:",
                                  ":x",
                                  "x:",
                                  "x..y",
                                  ".x",
                                  "x.",
                                  "1x",
                                  "x-y",
                                  "x y",
                                  "x:y:z",
                                  "x/y",
                                  "x:y..z",
                                  " x",
                                  "x.2",
                                  "a.py\\n"}) {
    refused(dir, "[build-system]\nrequires = []\nbuild-backend = \"" + wrong + "\"\n", "3:17");
  }
}

TEST_CASE("BuildSystem names an unknown key and the one that was meant") {
  const TempDir dir;
  const std::string table = "[build-system]\nrequires = []\n";
  const auto error = refused(dir, table + "build_backend = 'x'\n", "3:1");
  CHECK(error.message.find("'build_backend'") != std::string::npos);
  CHECK(error.hint == "did you mean 'build-backend'?");
  CHECK(refused(dir, "[build-system]\n  require = []\n", "2:3").hint == "did you mean 'requires'?");
  CHECK(refused(dir, table + "backend_path = []\n", "3:1").hint == "did you mean 'backend-path'?");
  CHECK(refused(dir, table + "colour = 1\n", "3:1").hint.find("did you mean") == std::string::npos);
}

TEST_CASE("BuildSystem warns of a table whose name is nearly build-system") {
  const TempDir dir;
  dir.write("setup.py", "");
  for (const std::string slip :
       {"build-sytem", "build_system", "buildsystem", "Build-System", "build-systme"}) {
    CAPTURE(slip);
    const auto build_system = accepted(dir, "\n[" + slip + "]\nrequires = ['x']\n");
    CHECK(build_system.is_legacy_default);
    REQUIRE(build_system.warnings.size() == 1);
    CHECK(build_system.warnings[0].starts_with((dir / "pyproject.toml").string() + ":2:"));
    CHECK(build_system.warnings[0].find(slip) != std::string::npos);
  }
  CHECK(accepted(dir, "[system]\n[build]\n[tool.build_system]\n").warnings.empty());
}

TEST_CASE("BuildSystem warns of a project that needs itself to be built") {
  const TempDir dir;
  const auto build_system = accepted(dir,
                                     "[build-system]\nrequires = ['x', 'My.Demo >= 1']\n"
                                     "[project]\nname = 'my-demo'\n");
  CHECK(build_system.project_name == "my-demo");
  REQUIRE(build_system.warnings.size() == 1);
  CHECK(build_system.warnings[0].starts_with((dir / "pyproject.toml").string() + ":2:"));
  CHECK(build_system.warnings[0].find("'My.Demo >= 1'") != std::string::npos);
  CHECK(accepted(dir, "[build-system]\nrequires = ['my-demo-2']\n[project]\nname = 'my-demo'\n")
            .warnings.empty());
}

TEST_CASE("BuildSystem resolves the backend path inside of the source tree") {
  const TempDir dir;
  const fs::path project = dir.make_directory("project");
  dir.make_directory("project/tools/..hidden");
  fs::create_directory_symlink("tools", project / "link");
  dir.write("project/pyproject.toml",
            "[build-system]\nrequires = []\nbuild-backend = 'own'\n"
            "backend-path = ['.', 'tools', 'tools/../tools/..hidden', 'link', '']\n");
  const auto build_system = read_build_system(project);
  REQUIRE(build_system);
  CHECK(build_system->backend_path ==
        std::vector<fs::path>{
            project, project / "tools", project / "tools/..hidden", project / "tools", project});
}

TEST_CASE("BuildSystem resolves the backend path of a source tree behind a link") {
  const TempDir dir;
  dir.make_directory("project/tools");
  fs::create_directory_symlink("project", dir / "alias");
  dir.write("project/pyproject.toml",
            "[build-system]\nrequires = []\nbuild-backend = 'own'\nbackend-path = ['tools']\n");
  const auto build_system = read_build_system(dir / "alias");
  REQUIRE(build_system);
  CHECK(build_system->backend_path == std::vector<fs::path>{dir / "project/tools"});
}

TEST_CASE("N2 BuildSystem refuses a backend path that leads out of the source tree") {
  const TempDir dir;
  const fs::path project = dir.make_directory("proj");
  dir.make_directory("proj-evil");
  dir.make_directory("outside");
  dir.make_directory("proj/inside");
  dir.write("proj/file.py", "");
  fs::create_directory_symlink("../outside", project / "escape");
  fs::create_directory_symlink(project / "inside", dir / "outside/back");
  const auto check = [&](const std::string& entry) {
    CAPTURE(entry);
    const fs::path file = dir.write("proj/pyproject.toml",
                                    "[build-system]\nrequires = []\nbuild-backend = 'own'\n"
                                    "backend-path = ['inside', \"" +
                                        entry + "\"]\n");
    const auto build_system = read_build_system(project);
    REQUIRE(!build_system);
    CHECK(build_system.error().code == errc::invalid_project);
    CHECK(build_system.error().message.starts_with(file.string() + ":4:27: "));
  };
  check("..");
  check("../proj-evil");
  check("../outside");
  check("escape");
  check("inside/../../proj-evil");
  check("escape/../proj-evil");
  check((dir / "outside").string());
  check((project / "inside").string());
  check("missing");
  check("file.py");
  check("inside\\u0000/../..");
  check(std::string(5000, 'x'));
}

TEST_CASE("BuildSystem tells a pyproject.toml that is no readable file") {
  const TempDir dir;
  dir.write("setup.py", "");
  SUBCASE("a directory") {
    dir.make_directory("pyproject.toml");
  }
  SUBCASE("a dangling link") {
    fs::create_symlink("nowhere", dir / "pyproject.toml");
  }
  SUBCASE("a link to itself") {
    fs::create_symlink("pyproject.toml", dir / "pyproject.toml");
  }
  SUBCASE("a FIFO") {
    REQUIRE(::mkfifo((dir / "pyproject.toml").c_str(), 0600) == 0);
  }
  SUBCASE("a device") {
    fs::create_symlink("/dev/zero", dir / "pyproject.toml");
  }
  SUBCASE("100 MB") {
    fs::resize_file(dir.write("pyproject.toml", ""), 100'000'000);
  }
  unreadable(dir);
}

TEST_CASE("BuildSystem tells a pyproject.toml that may not be read") {
  const TempDir dir;
  dir.write("setup.py", "");
  fs::permissions(dir.write("pyproject.toml", ""), fs::perms::none);
  fs::permissions(dir.path(), fs::perms::owner_all | fs::perms::others_exec);
  // Root may read everything: become nobody for a while.
  const bool is_root = ::geteuid() == 0;
  if (is_root) REQUIRE(::seteuid(65534) == 0);
  const auto build_system = read_build_system(dir.path());
  if (is_root) REQUIRE(::seteuid(0) == 0);
  REQUIRE(!build_system);
  CHECK(build_system.error().code == errc::invalid_project);
  CHECK(build_system.error().message.find("Permission denied") != std::string::npos);
}

TEST_CASE("BuildSystem follows a pyproject.toml that is a link to a file") {
  const TempDir dir;
  dir.write("shared.toml", "[build-system]\nrequires = ['x']\n");
  fs::create_symlink("shared.toml", dir / "pyproject.toml");
  const auto build_system = read_build_system(dir.path());
  REQUIRE(build_system);
  CHECK(build_system->requirements == std::vector<std::string>{"x"});
}

TEST_SUITE_END();
