#include "frontend/source_tree.hpp"

#include "tests/support/archives.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

using axle::errc;
using axle::Error;
using axle::frontend::SourceTree;
using axle::test::TempDir;
using axle::test::write_archive;
using axle::test::write_sdist;
using axle::test::write_wheel;
namespace fs = std::filesystem;

TEST_SUITE_BEGIN("frontend::SourceTree");

namespace {

void check_refused(const fs::path& origin, errc code) {
  const auto tree = SourceTree::open(origin);
  CAPTURE(origin);
  REQUIRE(!tree);
  CHECK(tree.error().code == code);
}

}  // namespace

TEST_CASE("SourceTree uses a folder in place") {
  const TempDir dir;
  dir.write("project/setup.py", "");
  fs::create_directory_symlink("project", dir / "alias");
  const auto tree = SourceTree::open(dir / "alias/../alias/.");
  REQUIRE(tree);
  CHECK(tree->root() == dir / "project");
  CHECK(tree->origin() == dir / "alias/../alias/.");
  CHECK(!tree->is_from_sdist());
}

TEST_CASE("SourceTree makes a relative folder absolute and names it as the user did") {
  const auto tree = SourceTree::open(".");
  REQUIRE(tree);
  CHECK(tree->root() == fs::canonical(fs::current_path()));
  CHECK(tree->origin() == ".");
}

TEST_CASE("SourceTree reads an sdist where a link leads to and names it as the user did") {
  const TempDir dir;
  const std::string name = write_sdist(dir.path(), "foo", "1.0");
  fs::create_symlink(name, dir / "latest");
  const auto tree = SourceTree::open(dir / "latest");
  REQUIRE(tree);
  CHECK(tree->is_from_sdist());
  CHECK(tree->origin() == dir / "latest");
  CHECK(tree->sdist_name() == name);
}

TEST_CASE("SourceTree unpacks an sdist for as long as it lives") {
  const TempDir dir;
  const fs::path origin = dir / write_sdist(dir.path(), "foo", "1.0");
  fs::path root;
  {
    auto opened = SourceTree::open(origin);
    REQUIRE(opened);
    std::optional<SourceTree> tree(*std::move(opened));
    root = tree->root();
    CHECK(root.is_absolute());
    CHECK(root == fs::canonical(root));
    CHECK(root.filename() == "foo-1.0");
    CHECK(fs::exists(root / "pyproject.toml"));
    CHECK((fs::status(root.parent_path()).permissions() & fs::perms::all) == fs::perms::owner_all);
    CHECK(tree->origin() == origin);
    CHECK(tree->is_from_sdist());
    const SourceTree moved = *std::move(tree);
    tree.reset();
    CHECK(fs::exists(root));
  }
  CHECK(!fs::exists(root.parent_path()));
  CHECK(fs::exists(origin));
}

TEST_CASE("SourceTree takes an sdist through a link and one of a legacy format") {
  const TempDir dir;
  write_sdist(dir.path(), "foo", "1.0");
  fs::create_symlink("foo-1.0.tar.gz", dir / "bar-2.tar.gz");
  CHECK(SourceTree::open(dir / "bar-2.tar.gz"));
  write_archive(dir / "Foo-Bar-1.0.zip", {{.name = "Foo-Bar-1.0/setup.py"}});
  CHECK(SourceTree::open(dir / "Foo-Bar-1.0.zip"));
}

TEST_CASE("SourceTree refuses what is neither a folder nor an sdist") {
  const TempDir dir;
  check_refused("", errc::usage);
  check_refused(dir / "missing", errc::invalid_project);
  check_refused(dir / "missing-1.0.tar.gz", errc::invalid_project);
  check_refused(dir / write_wheel(dir.path(), "foo", "1.0"), errc::usage);
  check_refused(dir.write("pyproject.toml", ""), errc::invalid_project);
  check_refused(dir.write("foo-1.0.tar.gz", "no archive"), errc::invalid_project);
  check_refused("/dev/null", errc::invalid_project);
  fs::create_symlink("nowhere", dir / "dangling");
  check_refused(dir / "dangling", errc::invalid_project);
  REQUIRE(::mkfifo((dir / "foo-2.0.tar.gz").c_str(), 0600) == 0);
  check_refused(dir / "foo-2.0.tar.gz", errc::invalid_project);
}

TEST_CASE("SourceTree tells what to do about a source that other frontends would fetch") {
  const auto hint = [](const fs::path& origin) { return SourceTree::open(origin).error().hint; };
  CHECK(hint("https://example.org/foo-1.0.tar.gz").contains("download"));
  CHECK(hint("git+https://example.org/foo").contains("clone"));
  CHECK(hint("file:///nowhere/foo").contains("by its path"));
  CHECK(hint("foo==1.0").contains("pip download"));
  CHECK(hint("nowhere/foo") == "name a source tree or an sdist");
  CHECK(hint("foo-1.0.tar.gz") == "name a source tree or an sdist");
  const auto secret = SourceTree::open("https://me:hunter2@example.org/foo-1.0.tar.gz");
  CHECK_FALSE(secret.error().message.contains("hunter2"));
}

TEST_CASE("SourceTree refuses an archive that is named or filled unlike an sdist") {
  const TempDir dir;
  write_archive(dir / "foo.tar.gz", {{.name = "foo-1.0/setup.py"}});
  check_refused(dir / "foo.tar.gz", errc::invalid_project);
  write_archive(dir / "foo-1.0.tar.gz", {{.name = "foo-1.0/readme"}});
  check_refused(dir / "foo-1.0.tar.gz", errc::invalid_project);
  write_archive(dir / "foo-1.0.tar.gz", {{.name = "foo-1.0/setup.py"}, {.name = "setup.py"}});
  check_refused(dir / "foo-1.0.tar.gz", errc::invalid_project);
  write_archive(dir / "foo-1.0.tar.gz", {{.name = "foo-1.0/setup.py"}, {.name = "../setup.py"}});
  check_refused(dir / "foo-1.0.tar.gz", errc::invalid_project);
}

TEST_SUITE_END();
