#include "frontend/interpreter.hpp"

#include "frontend/interpreter_query.hpp"
#include "tests/support/pythons.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace std::chrono_literals;
using axle::errc;
using axle::Error;
using axle::frontend::ask_interpreter;
using axle::frontend::Cancellation;
using axle::frontend::Environment;
using axle::frontend::find_interpreter;
using axle::frontend::Interpreter;
using axle::test::ScopedVariable;
using axle::test::TempDir;
using axle::test::write_program;

namespace fs = std::filesystem;

TEST_SUITE_BEGIN("frontend::find_interpreter");

namespace {

Error failure_of(const std::string& python) {
  const Cancellation cancellation;
  const auto found = find_interpreter(python, cancellation);
  REQUIRE(!found);
  CHECK(found.error().code == errc::environment_failed);
  return found.error();
}

bool says(const Error& error, const std::string& text) {
  return error.message.find(text) != std::string::npos;
}

/// A shell script that passes everything on to the interpreter of the tests.
std::string passes_on(const std::string& before = "", const std::string& after = "") {
  return "#!/bin/sh\n" + before + "\n'" + axle::test::python() + "' \"$@\"\n" + after + "\n";
}

}  // namespace

TEST_CASE("find_interpreter knows each interpreter of this machine") {
  for (const std::string& python : axle::test::pythons()) {
    CAPTURE(python);
    const Interpreter found = axle::test::interpreter(python);
    const std::string minor = found.version.substr(0, found.version.rfind('.'));
    CHECK(found.executable == python);
    CHECK(found.base_executable == python);
    CHECK(found.real_executable == fs::canonical(python));
    CHECK(found.version.starts_with("3."));
    CHECK(found.implementation == "cpython");
    CHECK(found.prefix == fs::path(python).parent_path().parent_path());
    CHECK(found.base_prefix == found.prefix);
    CHECK(found.purelib == "lib/python" + minor + "/site-packages");
    CHECK_FALSE(found.is_virtual);
  }
}

TEST_CASE("find_interpreter finds the base behind virtual environments that Python made") {
  const TempDir dir;
  for (const std::string& python : axle::test::pythons()) {
    CAPTURE(python);
    const Interpreter base = axle::test::interpreter(python);
    const auto variables = std::vector<std::string>{"PATH=/usr/bin:/bin"};
    const fs::path outer = dir / base.version / "outer";
    const fs::path inner = dir / base.version / "inner";
    for (const auto& [from, to] :
         {std::pair(fs::path(python), outer), {outer / "bin/python", inner}}) {
      const auto made =
          axle::test::run({from.string(), "-m", "venv", "--without-pip", to.string()}, variables);
      REQUIRE_MESSAGE(made.code == 0, made.err);
    }
    for (const fs::path& prefix : {outer, inner}) {
      const Interpreter found = axle::test::interpreter(prefix / "bin/python");
      CHECK(found.is_virtual);
      CHECK(found.executable == prefix / "bin/python");
      CHECK(found.prefix == prefix);
      CHECK(found.base_prefix == base.prefix);
      CHECK(found.base_executable.parent_path() == fs::path(python).parent_path());
      CHECK(found.real_executable == base.real_executable);
    }
  }
}

TEST_CASE("find_interpreter finds names and versions on PATH") {
  const TempDir dir;
  const Interpreter real = axle::test::interpreter(axle::test::python());
  fs::create_directory(dir / "bin");
  fs::create_symlink(real.executable, dir / "bin/python9.9");
  const ScopedVariable path("PATH", (dir / "bin").string());
  for (const std::string name : {"python9.9", "9.9"}) {
    CHECK(axle::test::interpreter(name).executable == dir / "bin/python9.9");
  }
  CHECK(says(failure_of("9.8"), "Python 9.8"));
  CHECK(says(failure_of("python9.8"), (dir / "bin").string()));
  CHECK(says(failure_of(""), "''"));
}

TEST_CASE("find_interpreter takes a relative path from the current folder") {
  const TempDir dir;
  fs::create_symlink(axle::test::python(), dir / "my-python");
  const fs::path before = fs::current_path();
  fs::current_path(dir.path());
  const Interpreter found = axle::test::interpreter("./my-python");
  fs::current_path(before);
  CHECK(found.executable == dir / "my-python");
}

TEST_CASE("find_interpreter follows a link only as far as the home of the library") {
  const TempDir dir;
  const Interpreter real = axle::test::interpreter(axle::test::python());
  fs::create_symlink(real.executable, dir / "second");
  fs::create_symlink("second", dir / "first");
  const Interpreter found = axle::test::interpreter(dir / "first");
  CHECK(found.executable == dir / "first");
  CHECK(found.base_executable == real.executable);
}

TEST_CASE("find_interpreter looks through a shim at the interpreter itself") {
  const TempDir dir;
  const auto shim = write_program(dir / "python", passes_on());
  CHECK(axle::test::interpreter(shim).executable == axle::test::python());
}

TEST_CASE("find_interpreter understands an interpreter whose start-up files print") {
  const TempDir dir;
  const auto noisy = write_program(
      dir / "python", passes_on("echo noise; printf '<axle-answer>\\000a='", "echo; echo bye"));
  CHECK(axle::test::interpreter(noisy).executable == axle::test::python());
}

TEST_CASE("find_interpreter is not led astray by the caller's Python variables or folder") {
  const TempDir dir;
  dir.write("os.py", "raise SystemExit('wrong os')");
  dir.write("sitecustomize.py", "raise SystemExit('wrong sitecustomize')");
  const ScopedVariable path("PYTHONPATH", dir.path());
  const ScopedVariable home("PYTHONHOME", "/nonexistent");
  const fs::path before = fs::current_path();
  fs::current_path(dir.path());
  const Interpreter found = axle::test::interpreter(axle::test::python());
  fs::current_path(before);
  CHECK(found.executable == axle::test::python());
}

TEST_CASE("find_interpreter keeps paths that are not UTF-8") {
  const TempDir dir;
  const Interpreter real = axle::test::interpreter(axle::test::python());
  const auto environment = Environment::create(real, dir / "caf\xE9 \"x\"");
  REQUIRE(environment);
  const Interpreter found = axle::test::interpreter(environment->python());
  CHECK(found.prefix == dir / "caf\xE9 \"x\"");
  CHECK(found.executable == environment->python());
}

TEST_CASE("E5 find_interpreter tells with the system's words why an interpreter cannot be run") {
  const TempDir dir;
  const std::string missing = dir / "missing/python";
  CHECK(says(failure_of(missing), missing));
  CHECK(says(failure_of(missing), "No such file or directory"));

  const std::string plain = dir.write("plain", "#!/bin/sh\n");
  CHECK(says(failure_of(plain), plain));
  CHECK(says(failure_of(plain), "Permission denied"));
  CHECK(says(failure_of(dir.path().string()), "Permission denied"));

  const std::string text = write_program(dir / "text", "just text\n");
  CHECK(says(failure_of(text), text));
  CHECK(says(failure_of(text), "Exec format error"));

  std::string foreign(64, '\0');  // an ELF header for a machine that nobody has
  foreign.replace(0,
                  7,
                  "\x7F"
                  "ELF\2\1\1");
  foreign[16] = 2;
  foreign[18] = '\xFE';
  foreign[19] = '\xFE';
  CHECK(says(failure_of(write_program(dir / "foreign", foreign)), "Exec format error"));

  const std::string orphan = write_program(dir / "orphan", "#!/nonexistent/sh\n");
  CHECK(says(failure_of(orphan), "No such file or directory"));
}

TEST_CASE("E5 find_interpreter tells what a program said that is no Python or ended badly") {
  const TempDir dir;
  CHECK(says(failure_of("/bin/true"), "/bin/true does not answer as a Python interpreter"));
  const Error failed = failure_of(write_program(
      dir / "shim", "#!/bin/sh\necho \"shim: python3.9: command not found\" >&2\nexit 127\n"));
  CHECK(says(failed, "exited with code 127"));
  CHECK(says(failed, "shim: python3.9: command not found"));
  CHECK(says(failure_of(write_program(dir / "killed", "#!/bin/sh\nkill -SEGV $$\n")), "SIGSEGV"));
}

TEST_CASE("find_interpreter refuses Python 2 and old Pythons in clear words") {
  const TempDir dir;
  const auto fake =
      write_program(dir / "python2",
                    "#!/bin/sh\n"
                    "if [ \"$1\" = -I ]; then echo 'Unknown option: -I' >&2; exit 2; fi\n"
                    "printf '<axle-answer>\\000version=2.7.18\\000</axle-answer>\\n'\n");
  CHECK(says(failure_of(fake), "is Python 2.7.18, and builds need Python 3.8 or newer"));
  for (const std::string version : {"2.7", "3.6", "3.7"}) {
    if (const auto old = axle::test::pyenv_python(version)) {
      CHECK(says(failure_of(*old), "is Python " + version + "."));
    }
  }
}

TEST_CASE("ask_interpreter gives up on an interpreter that is silent") {
  const TempDir dir;
  const auto silent = write_program(dir / "python", "#!/bin/sh\nexec sleep 600\n");
  const Cancellation cancellation;
  const auto begin = std::chrono::steady_clock::now();
  const auto asked =
      ask_interpreter({.python = silent, .script = "", .time_limit = 100ms}, cancellation);
  REQUIRE(!asked);
  CHECK(asked.error().code == errc::environment_failed);
  CHECK(says(asked.error(), "no answer within 100 ms"));
  CHECK(std::chrono::steady_clock::now() - begin < 10s);
}

TEST_CASE("find_interpreter can be cancelled") {
  const TempDir dir;
  const ScopedVariable cache("XDG_CACHE_HOME", dir.path());
  Cancellation cancellation;
  cancellation.request();
  const auto found = find_interpreter(axle::test::python(), cancellation);
  REQUIRE(!found);
  CHECK(found.error().code == errc::cancelled);
}

TEST_SUITE_END();
