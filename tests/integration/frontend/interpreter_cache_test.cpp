#include "frontend/interpreter_cache.hpp"

#include "frontend/interpreter.hpp"
#include "tests/support/pythons.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

using axle::frontend::Cancellation;
using axle::frontend::Environment;
using axle::frontend::find_interpreter;
using axle::frontend::Interpreter;
using axle::frontend::known_interpreter;
using axle::test::ScopedVariable;
using axle::test::TempDir;
using axle::test::write_program;

namespace fs = std::filesystem;

TEST_SUITE_BEGIN("frontend::InterpreterCache");

namespace {

/// A cache and a virtual environment of the interpreter of the tests.
struct Fixture {
  TempDir dir;
  ScopedVariable cache{"XDG_CACHE_HOME", dir / "cache"};
  Interpreter base = axle::test::interpreter(axle::test::python());
  fs::path python = Environment::create(base, dir / "venv").value().python();

  [[nodiscard]] std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(dir / "cache/axle/interpreters")) {
      found.push_back(entry.path());
    }
    return found;
  }
  /// Whether it is remembered once it was found.
  [[nodiscard]] bool remembers(const fs::path& program) const {
    static_cast<void>(axle::test::interpreter(program));
    return known_interpreter(program).has_value();
  }
};

}  // namespace

TEST_CASE("An interpreter is known by all its facts once it was asked") {
  const Fixture fixture;
  CHECK_FALSE(known_interpreter(fixture.python));
  const Interpreter asked = axle::test::interpreter(fixture.python);
  const auto known = known_interpreter(fixture.python);
  REQUIRE(known);
  CHECK(known->executable == asked.executable);
  CHECK(known->base_executable == asked.base_executable);
  CHECK(known->real_executable == asked.real_executable);
  CHECK(known->version == asked.version);
  CHECK(known->implementation == asked.implementation);
  CHECK(known->platform == asked.platform);
  CHECK(known->prefix == asked.prefix);
  CHECK(known->base_prefix == asked.base_prefix);
  CHECK(known->purelib == asked.purelib);
  CHECK(known->platlib == asked.platlib);
  CHECK(known->is_virtual);
  CHECK(known->links_lib64 == asked.links_lib64);
  for (const fs::path& file : fixture.files()) {
    struct stat info{};
    REQUIRE(::stat(file.c_str(), &info) == 0);
    CHECK((info.st_mode & 07777U) == 0600);
  }
}

TEST_CASE("An interpreter that is known is not started again") {
  const Fixture fixture;
  const Interpreter asked = axle::test::interpreter(fixture.python);
  Cancellation cancelled;  // what starts a process fails
  cancelled.request();
  const auto found = find_interpreter(fixture.python, cancelled);
  REQUIRE(found);
  CHECK(found->prefix == asked.prefix);
}

TEST_CASE("An interpreter is asked again once what it rests on has changed") {
  const Fixture fixture;
  REQUIRE(fixture.remembers(fixture.python));
  fs::remove(fixture.python);
  fs::copy_file(fixture.base.real_executable, fixture.python);
  CHECK_FALSE(known_interpreter(fixture.python));
  REQUIRE(fixture.remembers(fixture.python));
  // Replaced by one of the same size.
  fs::copy_file(fixture.base.real_executable, fixture.dir / "venv/bin/new");
  fs::rename(fixture.dir / "venv/bin/new", fixture.python);
  CHECK_FALSE(known_interpreter(fixture.python));
  REQUIRE(fixture.remembers(fixture.python));
  fixture.dir.write("venv/pyvenv.cfg", fixture.dir.read("venv/pyvenv.cfg") + "prompt = x\n");
  CHECK_FALSE(known_interpreter(fixture.python));
  REQUIRE(fixture.remembers(fixture.python));
  fs::remove(fixture.dir / "venv/pyvenv.cfg");
  CHECK_FALSE(known_interpreter(fixture.python));
}

TEST_CASE("An interpreter is asked again where variables change what it says") {
  const Fixture fixture;
  REQUIRE(fixture.remembers(fixture.python));
  for (const std::string name : {"PYTHONHOME", "_PYTHON_HOST_PLATFORM", "LD_LIBRARY_PATH"}) {
    const ScopedVariable variable(name, "linux-riscv64");
    CHECK_FALSE(known_interpreter(fixture.python));
  }
  CHECK(known_interpreter(fixture.python));
  const ScopedVariable platform("_PYTHON_HOST_PLATFORM", "linux-riscv64");
  CHECK(axle::test::interpreter(fixture.python).platform == "linux-riscv64");
}

TEST_CASE("An interpreter behind a script or another program is always asked") {
  const Fixture fixture;
  const fs::path script = write_program(fixture.dir / "shim",
                                        "#!/bin/sh\nexec '" + axle::test::python() + "' \"$@\"\n");
  CHECK_FALSE(fixture.remembers(script));
  // A program that starts an interpreter of its own choice, as version managers have it.
  const fs::path program = fixture.dir / "program";
  fs::copy_file("/bin/true", program);
  axle::frontend::remember_interpreter(program, fixture.base);
  CHECK_FALSE(known_interpreter(program));
}

TEST_CASE("An interpreter is asked again where the file about it is damaged") {
  const Fixture fixture;
  REQUIRE(fixture.remembers(fixture.python));
  const auto damage = [&](const std::string& text) {
    for (const fs::path& file : fixture.files()) {
      fixture.dir.write(fs::relative(file, fixture.dir.path()), text);
    }
  };
  for (const std::string text : {"", "{", "[]", "null", "{\"program\": 1}", "\xFF"}) {
    damage(text);
    CHECK_FALSE(known_interpreter(fixture.python));
  }
  CHECK(fixture.remembers(fixture.python));
  damage(std::string(1 << 20, ' '));
  CHECK(fixture.remembers(fixture.python));
  for (const fs::path& file : fixture.files()) {
    fs::remove(file);
    fs::create_symlink("/etc/passwd", file);
  }
  CHECK_FALSE(known_interpreter(fixture.python));
  CHECK_FALSE(fixture.remembers(fixture.python));  // what is no file of ours is not replaced
}

TEST_CASE("An interpreter is asked where there is no cache that can be trusted") {
  const Fixture fixture;
  REQUIRE(fixture.remembers(fixture.python));
  fs::permissions(fixture.dir / "cache/axle/interpreters", fs::perms::all);
  CHECK_FALSE(known_interpreter(fixture.python));
  CHECK_FALSE(fixture.remembers(fixture.python));
}

TEST_CASE("An interpreter behind a script of pyenv is known as long as that chooses the same") {
  const Fixture fixture;
  const fs::path root = fixture.dir.make_directory("pyenv");
  const fs::path version =
      Environment::create(fixture.base, root / "versions/3.x").value().python();
  write_program(root / "libexec/pyenv", "#!/bin/sh\n");
  const fs::path shim =
      write_program(root / "shims/python3", "#!/bin/sh\nexec " + version.string() + " \"$@\"\n");
  const fs::path folder = fixture.dir.make_directory("work/project");
  const fs::path before = fs::current_path();
  fs::current_path(folder);
  const auto forgets = [&](auto change) {
    const bool known = fixture.remembers(shim);
    change();
    return known && !known_interpreter(shim);
  };
  CHECK(fixture.remembers(shim));
  CHECK(known_interpreter(shim)->executable == version);
  CHECK(forgets([&] { fixture.dir.write("work/.python-version", "3.x"); }));
  CHECK(forgets([&] { fixture.dir.write("work/.python-version", "3.yy"); }));
  CHECK(forgets([&] { fixture.dir.write("work/project/.python-version", "3.x"); }));
  CHECK(forgets([&] { fs::remove(folder / ".python-version"); }));
  CHECK(forgets([&] { fixture.dir.write("pyenv/version", "3.x"); }));
  CHECK(forgets([&] { fs::create_directory(root / "versions/3.z"); }));
  CHECK(forgets([&] { fixture.dir.write("pyenv/versions/3.x/pyvenv.cfg", "home = /x\n"); }));
  CHECK(fixture.remembers(fixture.python));
  {
    const ScopedVariable choice("PYENV_VERSION", "3.z");
    CHECK_FALSE(known_interpreter(shim));
  }
  fs::current_path(before);
  // "system": one that is not pyenv's.
  write_program(shim, "#!/bin/sh\nexec '" + axle::test::python() + "' \"$@\"\n");
  CHECK_FALSE(fixture.remembers(shim));
}

TEST_SUITE_END();
