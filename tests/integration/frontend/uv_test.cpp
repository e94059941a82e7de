#include "frontend/uv.hpp"

#include "frontend/installer.hpp"
#include "frontend/pip.hpp"
#include "tests/support/pythons.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <csignal>

using axle::errc;
using axle::frontend::Cancellation;
using axle::frontend::choose_installer;
using axle::frontend::Environment;
using axle::frontend::find_uv;
using axle::frontend::InstallerChoice;
using axle::frontend::Interpreter;
using axle::frontend::Observer;
using axle::frontend::PipInstaller;
using axle::frontend::UvInstaller;
using axle::test::run_python;
using axle::test::ScopedVariable;
using axle::test::TempDir;
using axle::test::write_program;

namespace fs = std::filesystem;

TEST_SUITE_BEGIN("frontend::UvInstaller");

namespace {

/// The uv that the tests are configured with, else the one that a user would get.
std::optional<std::string> real_uv() {
  if (fs::exists(AXLE_TEST_UV)) return AXLE_TEST_UV;
  const Cancellation cancellation;
  const auto uv = find_uv(cancellation);
  return uv ? std::optional(uv->program.string()) : std::nullopt;
}

struct Fixture {
  explicit Fixture(const std::string& uv) : program("UV", uv) {}
  /// It must not have left anything behind.
  ~Fixture() { CHECK(fs::is_empty(scratch.path())); }

  TempDir dir;
  TempDir scratch;
  ScopedVariable program;
  ScopedVariable temporary{"TMPDIR", scratch.path()};
  Interpreter interpreter = axle::test::interpreter(axle::test::python());
  Environment environment = Environment::create(interpreter, dir / "env").value();
  Observer observer;
  Cancellation cancellation;
  UvInstaller installer = UvInstaller(find_uv(cancellation).value());
};

}  // namespace

TEST_CASE("find_uv takes what UV says and else what is on PATH and passes by what does not run") {
  const TempDir dir;
  const Cancellation cancellation;
  const ScopedVariable path("PATH", dir / "bin");
  const std::string good = write_program(dir / "good", "#!/bin/sh\necho 'uv 0.9.1 (x86_64)'\n");
  const std::string shim =
      write_program(dir / "shim", "#!/bin/sh\necho 'shim: uv: command not found' >&2\nexit 127\n");
  {
    const ScopedVariable none("UV", std::nullopt);
    const auto missing = find_uv(cancellation);
    REQUIRE(!missing);
    CHECK(missing.error().code == errc::environment_failed);
    CHECK_FALSE(missing.error().hint.empty());
  }
  {
    const ScopedVariable said("UV", good);
    const auto found = find_uv(cancellation);
    REQUIRE(found);
    CHECK(found->program == good);
    CHECK(found->name == "uv 0.9.1");
  }
  const ScopedVariable said("UV", shim);
  const auto broken = find_uv(cancellation);
  REQUIRE(!broken);
  CHECK(broken.error().code == errc::environment_failed);
  CHECK(broken.error().message.find("shim: uv: command not found") != std::string::npos);
  fs::create_directory(dir / "bin");
  fs::copy(good, dir / "bin/uv");
  const auto found = find_uv(cancellation);
  REQUIRE(found);
  CHECK(found->program == dir / "bin/uv");
}

TEST_CASE("choose_installer chooses uv where it runs and else pip") {
  const TempDir dir;
  const Cancellation cancellation;
  const ScopedVariable none("UV", std::nullopt);
  const ScopedVariable path("PATH", dir.path());
  const auto chosen = [&](InstallerChoice choice) -> std::string {
    const auto installer = choose_installer(choice, cancellation);
    if (!installer) return installer.error().code == errc::environment_failed ? "failed" : "?";
    return dynamic_cast<const PipInstaller*>(installer->get()) != nullptr  ? "pip"
           : dynamic_cast<const UvInstaller*>(installer->get()) != nullptr ? "uv"
                                                                           : "?";
  };
  CHECK(chosen(InstallerChoice::automatic) == "pip");
  CHECK(chosen(InstallerChoice::pip) == "pip");
  CHECK(chosen(InstallerChoice::uv) == "failed");
  write_program(dir / "uv", "#!/bin/sh\nexit 1\n");
  CHECK(chosen(InstallerChoice::automatic) == "pip");
  write_program(dir / "uv", "#!/bin/sh\necho 'uv 0.9.1'\n");
  CHECK(chosen(InstallerChoice::automatic) == "uv");
  CHECK(chosen(InstallerChoice::uv) == "uv");
  CHECK(chosen(InstallerChoice::pip) == "pip");

  Cancellation cancelled;
  cancelled.request();
  const auto stopped = choose_installer(InstallerChoice::automatic, cancelled);
  REQUIRE(!stopped);
  CHECK(stopped.error().code == errc::cancelled);
}

TEST_CASE("uv installs packages whose programs run with the environment's interpreter") {
  const auto uv = real_uv();
  if (!uv) AXLE_SKIP("there is no uv");
  Fixture fixture(*uv);
  const std::string requirement = axle::test::write_hello_wheel(fixture.dir / "wheels");
  const ScopedVariable offline("UV_OFFLINE", "1");
  const ScopedVariable target("UV_TARGET", fixture.dir / "elsewhere");
  const ScopedVariable path("PYTHONPATH", fixture.dir / "elsewhere");
  const auto installed =
      fixture.installer.install(fixture.environment,
                                {requirement, "axle-there-is-no-such-thing ; python_version < '3'"},
                                fixture.observer,
                                fixture.cancellation);
  REQUIRE_MESSAGE(installed, (installed ? "" : installed.error().message));
  const std::string prefix = fixture.environment.prefix();
  CHECK(fixture.dir.read("env/bin/axle-hello").starts_with("#!" + prefix + "/bin/python"));
  CHECK(run_python(fixture.environment,
                   "import axle_hello, os; axle_hello.main(); os.system('axle-hello')") ==
        prefix + "\n" + prefix + "\n");
  CHECK_FALSE(fs::exists(fixture.dir / "elsewhere"));
}

TEST_CASE("uv installs for each interpreter of this machine") {
  const auto uv = real_uv();
  if (!uv) AXLE_SKIP("there is no uv");
  Fixture fixture(*uv);
  const ScopedVariable offline("UV_OFFLINE", "1");
  const std::string requirement = axle::test::write_hello_wheel(fixture.dir / "wheels");
  for (const std::string& python : axle::test::pythons()) {
    CAPTURE(python);
    const Interpreter interpreter = axle::test::interpreter(python);
    const auto environment = Environment::create(interpreter, fixture.dir / interpreter.version);
    REQUIRE(environment);
    const auto installed = fixture.installer.install(
        *environment, {requirement}, fixture.observer, fixture.cancellation);
    REQUIRE_MESSAGE(installed, (installed ? "" : installed.error().message));
    CHECK(run_python(*environment, "import axle_hello; axle_hello.main()") ==
          environment->prefix().string() + "\n");
  }
}

TEST_CASE("uv that fails is quoted") {
  const auto uv = real_uv();
  if (!uv) AXLE_SKIP("there is no uv");
  Fixture fixture(*uv);
  const ScopedVariable offline("UV_OFFLINE", "1");
  const auto invalid = fixture.installer.install(
      fixture.environment, {"two words"}, fixture.observer, fixture.cancellation);
  REQUIRE(!invalid);
  CHECK(invalid.error().code == errc::environment_failed);
  CHECK(invalid.error().message.starts_with("uv "));
  CHECK(invalid.error().message.find("error: Failed to parse: `two words`") != std::string::npos);
  CHECK(invalid.error().hint.find("Correct") != std::string::npos);

  const auto unreachable = fixture.installer.install(
      fixture.environment, {"axle-there-is-no-such-thing"}, fixture.observer, fixture.cancellation);
  REQUIRE(!unreachable);
  CHECK(unreachable.error().code == errc::environment_failed);
  CHECK(unreachable.error().hint.find("network") != std::string::npos);
}

TEST_CASE("uv can be cancelled and leaves nothing") {
  class Cancelling final : public Observer {
   public:
    explicit Cancelling(Cancellation& cancellation) : cancellation_(cancellation) {}
    void output(Stream, std::string_view) override { cancellation_.request(SIGTERM); }

   private:
    Cancellation& cancellation_;
  };
  const TempDir dir;
  const auto endless = write_program(dir / "uv",
                                     "#!/bin/sh\n"
                                     "if [ \"$1\" = --version ]; then echo 'uv 0.9.1'; exit; fi\n"
                                     "echo > \"$TMPDIR/left\"\n"
                                     "echo started\n"
                                     "exec sleep 600\n");
  Fixture fixture(endless);
  Cancelling observer(fixture.cancellation);
  const auto stopped =
      fixture.installer.install(fixture.environment, {"a"}, observer, fixture.cancellation);
  REQUIRE(!stopped);
  CHECK(stopped.error().code == errc::cancelled);
  CHECK(stopped.error().signal == SIGTERM);
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("online");

TEST_CASE("uv installs a package of the index") {
  const auto uv = real_uv();
  if (!uv) AXLE_SKIP("there is no uv");
  Fixture fixture(*uv);
  const auto installed = fixture.installer.install(
      fixture.environment, {"flit-core==3.9.0"}, fixture.observer, fixture.cancellation);
  REQUIRE_MESSAGE(installed, (installed ? "" : installed.error().message));
  CHECK(run_python(fixture.environment, "import flit_core; print(flit_core.__version__)") ==
        "3.9.0\n");
}

TEST_SUITE_END();
