#include "frontend/installer_settings.hpp"

#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

using axle::frontend::EnvironmentVariables;
using axle::frontend::installer_settings;
using axle::test::TempDir;

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

TEST_SUITE_BEGIN("frontend::installer_settings");

namespace {

struct Fixture {
  TempDir dir;
  fs::path folder = dir.make_directory("work/project");

  [[nodiscard]] Lines with(const Lines& more) const {
    Lines entries = {"HOME=" + (dir / "home").string(),
                     "XDG_CONFIG_DIRS=" + (dir / "system").string()};
    entries.insert(entries.end(), more.begin(), more.end());
    return installer_settings(EnvironmentVariables(entries), folder);
  }
  /// Whether the settings are others after `change` than before.
  template <class Change>
  bool changes(const Lines& more, Change change) const {
    const Lines before = with(more);
    change();
    return with(more) != before;
  }
};

}  // namespace

TEST_CASE("installer_settings are others where a variable changes what is installed") {
  const Fixture fixture;
  const Lines nothing = fixture.with({});
  for (const char* entry : {"PIP_INDEX_URL=https://example.org/simple",
                            "PIP_EXTRA_INDEX_URL=x",
                            "PIP_PRE=1",
                            "PIP_SOMETHING_NEW=1",
                            "UV_INDEX_URL=x",
                            "UV_DEFAULT_INDEX=x",
                            "UV_RESOLUTION=lowest"}) {
    CAPTURE(entry);
    CHECK(fixture.with({entry}) != nothing);
  }
  CHECK(fixture.with({"PIP_INDEX_URL=a"}) != fixture.with({"PIP_INDEX_URL=b"}));
  CHECK(fixture.with({"PIP_PRE=1", "PIP_NO_BINARY=x"}) ==
        fixture.with({"PIP_NO_BINARY=x", "PIP_PRE=1"}));
}

TEST_CASE("installer_settings are the same where a variable says only how to install") {
  const Fixture fixture;
  CHECK(fixture.with({"PIP_CACHE_DIR=/x",
                      "PIP_TARGET=/x",
                      "PIP_RETRIES=9",
                      "UV_CACHE_DIR=/x",
                      "UV_OFFLINE=1",
                      "UV=/x/uv",
                      "UV_CONCURRENT_BUILDS=1",
                      "UV_INDEX_OURS_PASSWORD=secret",
                      "PATH=/x",
                      "CFLAGS=-O3"}) == fixture.with({}));
}

TEST_CASE("installer_settings follow the content of files that they name") {
  const Fixture fixture;
  const auto write = [&](const char* name, const char* text) {
    return [&fixture, name, text] { fixture.dir.write(name, text); };
  };
  const Lines constraint = {"PIP_CONSTRAINT=" + (fixture.dir / "c.txt").string()};
  CHECK(fixture.changes(constraint, write("c.txt", "a==1\n")));
  CHECK(fixture.changes(constraint, write("c.txt", "a==2\n")));
  CHECK_FALSE(fixture.changes(constraint, write("c.txt", "a==2\n")));
  CHECK(fixture.with({"PIP_CONFIG_FILE=/dev/null"}) == fixture.with({"PIP_CONFIG_FILE=/dev/null"}));
  const Lines relative = {"UV_CONSTRAINT=none.txt c.txt"};
  CHECK(fixture.changes(relative, write("work/project/c.txt", "a==3\n")));
  CHECK(fixture.changes({}, write("home/.config/pip/pip.conf", "[global]\nindex-url = x\n")));
  CHECK(fixture.changes({}, write("home/.config/uv/uv.toml", "offline = true\n")));
  CHECK(fixture.changes({}, write("system/pip/pip.conf", "[global]\n")));
  CHECK(fixture.changes({}, write("work/uv.toml", "offline = true\n")));
  CHECK(fixture.changes({}, write("work/project/pyproject.toml", "[tool.uv]\n")));
  CHECK(fixture.changes({}, write("work/project/pyproject.toml", "[project]\n")));
  CHECK_FALSE(fixture.changes({}, write("work/project/pyproject.toml", "[tool.other]\n")));
}

TEST_CASE("installer_settings follow a folder of wheels, and know it by where we are") {
  const Fixture fixture;
  fixture.dir.make_directory("work/project/wheels");
  for (const Lines& links :
       {Lines{"PIP_FIND_LINKS=wheels"},
        Lines{"UV_FIND_LINKS=https://x.example file://" + (fixture.folder / "wheels").string()}}) {
    const fs::path wheels = fixture.folder / "wheels";
    CHECK(fixture.changes(links, [&] {
      fs::last_write_time(wheels, fs::last_write_time(wheels) - std::chrono::seconds(9));
    }));
  }
  Fixture other;
  const Lines links = {"PIP_FIND_LINKS=https://x.example"};
  CHECK(other.with(links) != fixture.with(links));
  CHECK(other.with({}) == fixture.with({}));
}

TEST_SUITE_END();
