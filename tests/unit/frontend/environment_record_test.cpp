#include "frontend/environment_record.hpp"

#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

using axle::errc;
using axle::frontend::damage_of;
using axle::frontend::EnvironmentRecord;
using axle::frontend::read_record;
using axle::frontend::record_name;
using axle::frontend::SystemTime;
using axle::frontend::without_credentials;
using axle::frontend::write_record;
using axle::test::TempDir;

namespace fs = std::filesystem;

TEST_SUITE_BEGIN("frontend::EnvironmentRecord");

namespace {

struct Fixture {
  TempDir dir;
  fs::path prefix = dir / "env";
  EnvironmentRecord written{.key = "0123",
                            .made = SystemTime(std::chrono::milliseconds(1'795'312'345'678)),
                            .python = "/usr/bin/caf\xE9",
                            .version = "3.11.2",
                            .implementation = "cpython",
                            .requirements = {"a>=1", "b"}};
  Fixture() {
    dir.write("env/pyvenv.cfg", "home = /usr/bin\n");
    dir.write("env/bin/python", "x");
    dir.write("env/lib/python3.11/site-packages/a/__init__.py", "1\n");
    dir.write("env/lib/python3.11/site-packages/a/b/c.py", "1\n");
    dir.write("env/lib/python3.11/site-packages/a/__pycache__/__init__.pyc", "1\n");
    dir.write("env/lib/python3.11/site-packages/six.py", "1\n");
    REQUIRE(write_record(prefix, written));
  }
  [[nodiscard]] std::string damage() const {
    return damage_of(prefix, read_record(prefix).value()).value_or("none");
  }
};

}  // namespace

TEST_CASE("EnvironmentRecord is read as it was written, and finds no damage where there is none") {
  const Fixture fixture;
  const auto record = read_record(fixture.prefix);
  REQUIRE(record);
  CHECK(record->key == fixture.written.key);
  CHECK(record->made == fixture.written.made);
  CHECK(record->python == fixture.written.python);
  CHECK(record->version == fixture.written.version);
  CHECK(record->implementation == fixture.written.implementation);
  CHECK(record->requirements == fixture.written.requirements);
  CHECK(record->size == 16 + 1 + 4 * 2);
  CHECK(fixture.damage() == "none");
  // A Python with other flags compiles for itself.
  fixture.dir.write("env/lib/python3.11/site-packages/a/__pycache__/__init__.opt-1.pyc", "1\n");
  CHECK(fixture.damage() == "none");
}

TEST_CASE("EnvironmentRecord finds what was removed, added or changed, and names it") {
  const std::string site = "lib/python3.11/site-packages";
  const auto check = [&](const std::string& expected, auto change) {
    const Fixture fixture;
    change(fixture.prefix);
    CHECK(fixture.damage() == expected);
  };
  check("pyvenv.cfg is missing", [](const fs::path& env) { fs::remove(env / "pyvenv.cfg"); });
  check("bin/python is missing", [](const fs::path& env) { fs::remove(env / "bin/python"); });
  check(site + "/a/b has changed",
        [&](const fs::path& env) { fs::remove(env / site / "a/b/c.py"); });
  check(site + "/a/b has changed",
        [&](const fs::path& env) { std::ofstream(env / site / "a/b/new.py"); });
  check(site + "/six.py has changed",
        [&](const fs::path& env) { std::ofstream(env / site / "six.py") << "22\n"; });
}

TEST_CASE("EnvironmentRecord is not there where it is of another format or damaged") {
  const Fixture fixture;
  const std::string good = fixture.dir.read(fs::path("env") / record_name);
  const auto reads = [&](const std::string& text) {
    fixture.dir.write(fs::path("env") / record_name, text);
    return read_record(fixture.prefix).has_value();
  };
  CHECK(reads(good));
  CHECK_FALSE(reads(""));
  CHECK_FALSE(reads("[]"));
  CHECK_FALSE(reads(good.substr(0, good.size() / 2)));
  std::string other = good;
  other.replace(good.find("\"format\": 1"), 11, "\"format\": 2");
  CHECK_FALSE(reads(other));
}

TEST_CASE("EnvironmentRecord cannot be written where there is no environment") {
  const TempDir dir;
  const auto written = write_record(dir / "missing", {.key = "x"});
  REQUIRE(!written);
  CHECK(written.error().code == errc::environment_failed);
}

TEST_CASE("without_credentials hides who may fetch a requirement") {
  CHECK(without_credentials("a>=1") == "a>=1");
  CHECK(without_credentials("a @ https://example.org/a@1.whl") ==
        "a @ https://example.org/a@1.whl");
  CHECK(without_credentials("a @ git+ssh://git@example.org/a") ==
        "a @ git+ssh://***@example.org/a");
  CHECK(without_credentials("a @ https://me:p@ss@example.org/a") ==
        "a @ https://***@example.org/a");
}

TEST_SUITE_END();
