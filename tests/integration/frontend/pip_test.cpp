#include "frontend/pip.hpp"

#include "frontend/environment.hpp"
#include "tests/support/pythons.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <csignal>

using axle::errc;
using axle::Error;
using axle::frontend::Cancellation;
using axle::frontend::Environment;
using axle::frontend::find_pip;
using axle::frontend::Interpreter;
using axle::frontend::Observer;
using axle::frontend::PipInstaller;
using axle::test::run_python;
using axle::test::ScopedVariable;
using axle::test::TempDir;
using axle::test::write_program;

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

TEST_SUITE_BEGIN("frontend::PipInstaller");

namespace {

bool says(const Error& error, const std::string& text) {
  return error.message.find(text) != std::string::npos;
}

/// An interpreter that answers the question for its pip with `fields`.
std::string fake_python(const fs::path& path, const std::string& fields) {
  return write_program(path,
                       "#!/bin/sh\nprintf '<axle-answer>\\000executable=" + path.string() +
                           "\\000" + fields + "</axle-answer>\\n'\n");
}

Environment environment_of(const std::string& executable,
                           const std::string& base,
                           const fs::path& folder) {
  return Environment::create({.executable = executable,
                              .base_executable = base,
                              .version = "3.11.2",
                              .purelib = "lib/python3.11/site-packages",
                              .platlib = "lib/python3.11/site-packages"},
                             folder)
      .value();
}

struct Fixture {
  TempDir dir;
  TempDir scratch;
  ScopedVariable temporary{"TMPDIR", scratch.path()};
  Interpreter interpreter = axle::test::interpreter(axle::test::python());
  Environment environment = Environment::create(interpreter, dir / "env").value();
  Observer observer;
  Cancellation cancellation;

  auto install(const Lines& requirements) {
    return PipInstaller().install(environment, requirements, observer, cancellation);
  }
  /// It must not have left anything behind.
  ~Fixture() { CHECK(fs::is_empty(scratch.path())); }
};

}  // namespace

TEST_CASE("pip installs packages whose programs run with the environment's interpreter") {
  Fixture fixture;
  const auto installed = fixture.install({axle::test::write_hello_wheel(fixture.dir / "wheels")});
  REQUIRE_MESSAGE(installed, (installed ? "" : installed.error().message));
  const std::string prefix = fixture.environment.prefix();
  CHECK(fixture.dir.read("env/bin/axle-hello").starts_with("#!" + prefix + "/bin/python"));
  CHECK(run_python(fixture.environment,
                   "import axle_hello, os; axle_hello.main(); os.system('axle-hello')") ==
        prefix + "\n" + prefix + "\n");
  CHECK_FALSE(fs::exists(fixture.environment.site_packages() / "pip"));
}

TEST_CASE("pip installs for the oldest and the newest interpreter of this machine") {
  const TempDir dir;
  const std::string requirement = axle::test::write_hello_wheel(dir / "wheels");
  Observer observer;
  const Cancellation cancellation;
  int count = 0;
  const Lines pythons = axle::test::pythons();
  for (const std::string& python : {pythons[pythons.size() > 1 ? 1 : 0], pythons.back()}) {
    CAPTURE(python);
    const Interpreter interpreter = axle::test::interpreter(python);
    const Environment environment =
        Environment::create(interpreter, dir / ("env" + std::to_string(++count))).value();
    const auto installed =
        PipInstaller().install(environment, {requirement}, observer, cancellation);
    REQUIRE_MESSAGE(installed, (installed ? "" : installed.error().message));
    CHECK(run_python(environment, "import axle_hello; axle_hello.main()") ==
          environment.prefix().string() + "\n");
  }
}

TEST_CASE("pip is not led elsewhere by the caller's settings or folder") {
  Fixture fixture;
  const std::string requirement = axle::test::write_hello_wheel(fixture.dir / "wheels");
  REQUIRE(fixture.install({requirement}));
  const fs::path elsewhere = fixture.dir / "elsewhere";
  const auto second = Environment::create(fixture.interpreter, fixture.dir / "second");
  REQUIRE(second);
  const ScopedVariable target("PIP_TARGET", elsewhere);
  const ScopedVariable user("PIP_USER", "1");
  const ScopedVariable dry_run("PIP_DRY_RUN", "1");
  const ScopedVariable require("PIP_REQUIRE_VIRTUALENV", "1");
  // There it would seem to be installed already.
  const ScopedVariable path("PYTHONPATH", fixture.environment.site_packages());
  fixture.dir.write("project/pip/__init__.py", "raise SystemExit('the wrong pip')");
  fixture.dir.write("project/typing.py", "raise SystemExit('the wrong typing')");
  const fs::path before = fs::current_path();
  fs::current_path(fixture.dir / "project");
  const auto installed =
      PipInstaller().install(*second, {requirement}, fixture.observer, fixture.cancellation);
  fs::current_path(before);
  REQUIRE_MESSAGE(installed, (installed ? "" : installed.error().message));
  CHECK(fs::exists(second->site_packages() / "axle_hello.py"));
  CHECK_FALSE(fs::exists(elsewhere));
}

TEST_CASE("pip heeds markers and shows the observer what it prints") {
  class Recording final : public Observer {
   public:
    void output(Stream, std::string_view bytes) override { printed += bytes; }
    std::string printed;
  } recording;
  Fixture fixture;
  REQUIRE(PipInstaller().install(fixture.environment,
                                 {"axle-there-is-no-such-thing ; python_version < '3'"},
                                 recording,
                                 fixture.cancellation));
  CHECK(recording.printed.find("Ignoring axle-there-is-no-such-thing") != std::string::npos);
}

TEST_CASE("pip that fails is quoted") {
  Fixture fixture;
  const auto failed =
      fixture.install({"axle-hello @ file:///nonexistent/axle_hello-1.0-py3-none-any.whl"});
  REQUIRE(!failed);
  CHECK(failed.error().code == errc::environment_failed);
  CHECK(says(failed.error(), "pip "));
  CHECK(says(failed.error(), "could not install 'axle-hello @ file:///nonexistent"));
  CHECK(says(failed.error(), "exited with code"));
  CHECK(says(failed.error(), "ERROR: "));

  const auto invalid = fixture.install({"two words"});
  REQUIRE(!invalid);
  CHECK(invalid.error().code == errc::environment_failed);
  CHECK(says(invalid.error(), "Invalid requirement: 'two words'"));
  CHECK(invalid.error().hint.find("Correct") != std::string::npos);
}

TEST_CASE("pip hints at the network where the index cannot be reached") {
  Fixture fixture;
  const ScopedVariable index("PIP_INDEX_URL", "http://127.0.0.1:9/simple");
  const ScopedVariable links("PIP_FIND_LINKS", std::nullopt);
  const ScopedVariable retries("PIP_RETRIES", "1");
  const auto failed = fixture.install({"axle-hello"});
  REQUIRE(!failed);
  CHECK(failed.error().code == errc::environment_failed);
  CHECK(failed.error().hint.find("network") != std::string::npos);
}

TEST_CASE("pip can be cancelled and leaves nothing") {
  class Cancelling final : public Observer {
   public:
    explicit Cancelling(Cancellation& cancellation) : cancellation_(cancellation) {}
    void output(Stream, std::string_view) override { cancellation_.request(SIGINT); }

   private:
    Cancellation& cancellation_;
  };
  Fixture fixture;
  Cancelling observer(fixture.cancellation);
  // A build that does not end by itself, so that pip cannot be done before it is stopped.
  fixture.dir.write(
      "endless/pyproject.toml",
      "[build-system]\nrequires = []\nbuild-backend = 'endless'\nbackend-path = ['.']\n");
  fixture.dir.write("endless/endless.py", "import time\ntime.sleep(600)\n");
  const auto stopped =
      PipInstaller().install(fixture.environment,
                             {"endless @ file://" + (fixture.dir / "endless").string()},
                             observer,
                             fixture.cancellation);
  REQUIRE(!stopped);
  CHECK(stopped.error().code == errc::cancelled);
  CHECK(stopped.error().signal == SIGINT);
}

TEST_CASE("pip is not looked for where nothing is required") {
  const TempDir dir;
  Observer observer;
  const Cancellation cancellation;
  const auto environment = environment_of("/nonexistent", "/nonexistent", dir / "env");
  CHECK(PipInstaller().install(environment, {}, observer, cancellation));
}

TEST_CASE("find_pip takes the first pip that can install for the environment") {
  const TempDir dir;
  const ScopedVariable path("PATH", dir / "bin");
  const Cancellation cancellation;
  const std::string nothing = "version=\\000bundled=\\000shared=\\000";
  const std::string with_none = fake_python(dir / "none", nothing);
  const std::string with_pip =
      fake_python(dir / "pip", "version=23.1\\000bundled=/b.whl\\000shared=/s.whl\\000");
  const std::string with_bundle =
      fake_python(dir / "bundle", "version=\\000bundled=/b.whl\\000shared=/s.whl\\000");
  const std::string with_shared =
      fake_python(dir / "shared", "version=\\000bundled=\\000shared=/s.whl\\000");
  const std::string on_path = dir / "bin/python3";
  int count = 0;
  const auto found = [&](const std::string& executable, const std::string& base) {
    const auto environment = environment_of(executable, base, dir / std::to_string(++count));
    const auto pip = find_pip(environment, cancellation);
    if (!pip) return "nothing: " + pip.error().message;
    std::string text = pip->name + ":";
    const bool own = pip->program == environment.python();
    text += own ? " own python" : " " + pip->program.string();
    for (const std::string& argument : pip->arguments) {
      text += argument == environment.python() ? " PYTHON" : " " + argument;
    }
    return text;
  };
  const std::string of = " of " + with_pip + ": " + with_pip;

  const std::string none_found = found(with_none, with_none);
  CHECK(none_found.starts_with("nothing: "));
  CHECK(none_found.find(with_none) != std::string::npos);

  CHECK(found(with_pip, with_bundle) == "pip 23.1" + of + " -I -m pip --python PYTHON");
  CHECK(found(with_bundle, with_pip) == "pip 23.1" + of + " -I -m pip --python PYTHON");
  fs::create_directory(dir / "bin");
  fake_python(on_path, "version=24.0\\000bundled=/x.whl\\000shared=/x.whl\\000");
  CHECK(found(with_none, with_bundle) == "b.whl: own python -I /b.whl/pip");
  CHECK(found(with_shared, with_shared) ==
        "pip 24.0 of " + on_path + ": " + on_path + " -I -m pip --python PYTHON");
  write_program(on_path, "#!/bin/sh\nexit 1\n");
  CHECK(found(with_shared, with_shared) == "s.whl: own python -I /s.whl/pip");
}

TEST_CASE("pip that ensurepip brings along installs for an interpreter without pip") {
  const TempDir dir;
  const ScopedVariable path("PATH", dir.path());
  Observer observer;
  const Cancellation cancellation;
  // Debian leaves the wheels out of ensurepip.
  for (const std::string& python : axle::test::pythons()) {
    const Interpreter base = axle::test::interpreter(python);
    const Environment bare = Environment::create(base, dir / base.version / "bare").value();
    Interpreter without_pip = axle::test::interpreter(bare.python());
    without_pip.base_executable = without_pip.executable;
    const Environment environment =
        Environment::create(without_pip, dir / base.version / "env").value();
    const auto pip = find_pip(environment, cancellation);
    if (!pip) continue;
    CHECK(pip->program == environment.python());
    const auto installed = PipInstaller().install(
        environment, {axle::test::write_hello_wheel(dir / "wheels")}, observer, cancellation);
    REQUIRE_MESSAGE(installed, (installed ? "" : installed.error().message));
    CHECK(fs::exists(environment.site_packages() / "axle_hello.py"));
    return;
  }
  AXLE_SKIP("no interpreter has ensurepip with its wheels");
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("online");

TEST_CASE("pip installs a package of the index") {
  Fixture fixture;
  const auto installed = fixture.install({"flit-core==3.9.0"});
  REQUIRE_MESSAGE(installed, (installed ? "" : installed.error().message));
  CHECK(run_python(fixture.environment, "import flit_core; print(flit_core.__version__)") ==
        "3.9.0\n");
}

TEST_CASE("pip that does not find a version hints at names and versions") {
  Fixture fixture;
  const auto failed = fixture.install({"flit-core==99999"});
  REQUIRE(!failed);
  CHECK(failed.error().code == errc::environment_failed);
  CHECK(says(failed.error(), "No matching distribution found for flit-core==99999"));
  CHECK(failed.error().hint.find("names and versions") != std::string::npos);
}

TEST_SUITE_END();
