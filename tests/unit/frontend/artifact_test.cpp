#include "frontend/artifact.hpp"

#include "tests/support/archives.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using axle::errc;
using namespace axle::frontend;
using axle::test::ArchiveEntry;
using axle::test::sound_wheel;
using axle::test::TempDir;
using axle::test::write_archive;
using axle::test::write_sdist;
using axle::test::write_wheel;
namespace fs = std::filesystem;

TEST_SUITE_BEGIN("frontend::Artifact");

namespace {

std::string metadata(const std::string& name, const std::string& version) {
  return "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n";
}

void check_refused(ArtifactKind kind, const TempDir& dir, const std::string& returned) {
  const auto artifact = verify_artifact(kind, dir.path(), returned);
  CAPTURE(returned);
  REQUIRE(!artifact);
  CHECK(artifact.error().code == errc::bad_artifact);
  CHECK(artifact.error().message.find('\0') == std::string::npos);
}

void check_wheel_refused(const TempDir& dir,
                         const std::vector<ArchiveEntry>& entries,
                         const std::string& name = "foo-1.0-py3-none-any.whl") {
  write_archive(dir / name, sound_wheel(entries, "foo-1.0.dist-info"));
  check_refused(ArtifactKind::wheel, dir, name);
}

void check_sdist_refused(const TempDir& dir, const std::vector<ArchiveEntry>& entries) {
  write_archive(dir / "foo-1.0.tar.gz", entries);
  check_refused(ArtifactKind::sdist, dir, "foo-1.0.tar.gz");
}

/// A folder on another file system than the one for temporary files, if there is one.
std::optional<fs::path> other_file_system(const TempDir& dir) {
  struct stat here = {};
  struct stat there = {};
  if (::stat(dir.path().c_str(), &here) != 0 || ::stat("/dev/shm", &there) != 0) return {};
  if (here.st_dev == there.st_dev) return {};
  std::string name = "/dev/shm/axle-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) return {};
  return name;
}

}  // namespace

TEST_CASE("ArtifactKind has the words of PEP 517 and PEP 660") {
  CHECK(to_string(ArtifactKind::sdist) == "sdist");
  CHECK(to_string(ArtifactKind::wheel) == "wheel");
  CHECK(to_string(ArtifactKind::editable) == "editable");
}

TEST_CASE("verify_artifact accepts a wheel and tells what it is") {
  const TempDir dir;
  write_archive(
      dir / "Foo_bar-1.0-py3-none-any.whl",
      sound_wheel(
          {{.name = "foo/__init__.py"},
           {.name = "foo/_vendor/x-2.dist-info/METADATA", .bytes = metadata("x", "2")},
           {.name = "Foo_bar-1.0.dist-info/METADATA", .bytes = metadata("foo.bar", "1.0.0")}},
          "Foo_bar-1.0.dist-info"));
  for (const ArtifactKind kind : {ArtifactKind::wheel, ArtifactKind::editable}) {
    const auto artifact = verify_artifact(kind, dir.path(), "Foo_bar-1.0-py3-none-any.whl");
    REQUIRE(artifact);
    CHECK(artifact->kind == kind);
    CHECK(artifact->path == dir / "Foo_bar-1.0-py3-none-any.whl");
    CHECK(artifact->name == "foo.bar");
    CHECK(artifact->version == "1.0.0");
    CHECK(artifact->metadata == metadata("foo.bar", "1.0.0"));
    CHECK(artifact->remarks.empty());
    CHECK(artifact->size == fs::file_size(artifact->path));
  }
}

TEST_CASE("verify_artifact accepts an sdist of today and one with a name of old") {
  const TempDir dir;
  const auto sdist =
      verify_artifact(ArtifactKind::sdist, dir.path(), write_sdist(dir.path(), "foo", "1.0"));
  REQUIRE(sdist);
  CHECK(sdist->name == "foo");
  CHECK(sdist->version == "1.0");
  write_archive(
      dir / "Zope.Foo-Bar-1.0-1.tar.gz",
      {{.name = "Zope.Foo-Bar-1.0-1/PKG-INFO", .bytes = metadata("zope-foo_bar", "1.0.post1")},
       {.name = "Zope.Foo-Bar-1.0-1/x.egg-info/PKG-INFO", .bytes = "Name: other\n"}});
  CHECK(verify_artifact(ArtifactKind::sdist, dir.path(), "Zope.Foo-Bar-1.0-1.tar.gz"));
}

TEST_CASE("N1 verify_artifact refuses everything but a plain name of a regular file") {
  const TempDir dir;
  dir.make_directory("folder");
  const std::string wheel = write_wheel(dir.path(), "foo", "1.0");
  const fs::path out = dir.make_directory("out");
  const auto check = [&](const std::string& returned) {
    const auto artifact = verify_artifact(ArtifactKind::wheel, out, returned);
    CAPTURE(returned);
    REQUIRE(!artifact);
    CHECK(artifact.error().code == errc::bad_artifact);
  };
  check("../" + wheel);
  check("../../x.whl");
  check((dir / wheel).string());
  check("./" + wheel);
  check(wheel + '\0');
  check(std::string("\0", 1) + wheel);
  check("");
  check(".");
  check("..");
  check("/");
  check(wheel);
  check("missing-1.0-py3-none-any.whl");
  check(std::string(300, 'x') + ".whl");

  fs::create_symlink(dir / wheel, out / wheel);
  check(wheel);
  fs::remove(out / wheel);
  fs::create_symlink("nowhere", out / wheel);
  check(wheel);
  fs::remove(out / wheel);
  dir.make_directory("out/" + wheel);
  check(wheel);
  fs::remove(out / wheel);
  REQUIRE(::mkfifo((out / wheel).c_str(), 0600) == 0);
  check(wheel);
  fs::remove(out / wheel);
  fs::copy_file(dir / wheel, out / wheel);
  CHECK(verify_artifact(ArtifactKind::wheel, out, wheel));
}

TEST_CASE("verify_artifact takes the whole path of a file in the folder, with a remark") {
  const TempDir dir;
  const std::string wheel = write_wheel(dir.path(), "foo", "1.0");
  const auto artifact = verify_artifact(ArtifactKind::wheel, dir.path(), (dir / wheel).string());
  REQUIRE(artifact);
  CHECK(artifact->path == dir / wheel);
  REQUIRE(artifact->remarks.size() == 1);
  CHECK(artifact->remarks[0].starts_with("the hook returned the whole path"));
}

TEST_CASE("verify_artifact refuses what is no wheel by its name or inside") {
  const TempDir dir;
  const ArchiveEntry sound = {.name = "foo-1.0.dist-info/METADATA",
                              .bytes = metadata("foo", "1.0")};
  check_wheel_refused(dir, {sound}, "foo-1.0.whl");
  check_wheel_refused(dir, {sound}, "foo-1.0.zip");
  check_wheel_refused(dir, {sound}, "foo-1.1-py3-none-any.whl");
  check_wheel_refused(dir, {sound}, "bar-1.0-py3-none-any.whl");
  check_wheel_refused(dir, {{.name = "foo.py"}});
  check_wheel_refused(dir, {{.name = "foo-1.0.dist-info/WHEEL"}});
  check_wheel_refused(dir, {sound, {.name = "foo-2.0.dist-info/WHEEL"}});
  check_wheel_refused(dir, {sound, {.name = "bar-1.0.dist-info/METADATA", .bytes = sound.bytes}});
  check_wheel_refused(dir, {{.name = "bar-1.0.dist-info/METADATA", .bytes = sound.bytes}});
  check_wheel_refused(dir, {{.name = sound.name, .bytes = "Name: foo\n"}});
  check_wheel_refused(dir, {{.name = sound.name, .bytes = "Version: 1.0\n"}});
  check_wheel_refused(dir, {{.name = sound.name, .bytes = sound.bytes + "Name: foo\n"}});
  check_wheel_refused(dir, {{.name = sound.name, .bytes = ""}});
  check_wheel_refused(dir, {sound, {.name = "../evil.py"}});
  dir.write("foo-1.0-py3-none-any.whl", "no zip");
  check_refused(ArtifactKind::wheel, dir, "foo-1.0-py3-none-any.whl");
  dir.write("foo-1.0-py3-none-any.whl", "");
  check_refused(ArtifactKind::editable, dir, "foo-1.0-py3-none-any.whl");
}

TEST_CASE("verify_artifact refuses what is no sdist by its name or inside") {
  const TempDir dir;
  const ArchiveEntry sound = {.name = "foo-1.0/PKG-INFO", .bytes = metadata("foo", "1.0")};
  check_sdist_refused(dir, {});
  check_sdist_refused(dir, {{.name = "PKG-INFO", .bytes = sound.bytes}});
  check_sdist_refused(dir, {sound, {.name = "beside.txt"}});
  check_sdist_refused(dir, {{.name = sound.name, .bytes = metadata("bar", "1.0")}});
  check_sdist_refused(dir, {{.name = sound.name, .bytes = metadata("foo", "1.1")}});
  check_sdist_refused(dir, {sound, {.name = sound.name, .bytes = metadata("foo", "1.1")}});
  write_archive(dir / "foo-1.0.zip", {sound});
  check_refused(ArtifactKind::sdist, dir, "foo-1.0.zip");
  write_archive(dir / "foo.tar.gz", {sound});
  check_refused(ArtifactKind::sdist, dir, "foo.tar.gz");
  write_archive(dir / "foo-1.0.tar.gz",
                {sound, {.name = "foo-1.0/x", .bytes = std::string(5000, 'x')}});
  CHECK(verify_artifact(ArtifactKind::sdist, dir.path(), "foo-1.0.tar.gz"));
  dir.write("foo-1.0.tar.gz", dir.read("foo-1.0.tar.gz").substr(0, 150));
  check_refused(ArtifactKind::sdist, dir, "foo-1.0.tar.gz");
}

TEST_CASE("verify_artifact tells a wheel from an sdist") {
  const TempDir dir;
  check_refused(ArtifactKind::sdist, dir, write_wheel(dir.path(), "foo", "1.0"));
  check_refused(ArtifactKind::wheel, dir, write_sdist(dir.path(), "foo", "1.0"));
}

TEST_CASE("verify_same_project compares a wheel with the file name of an sdist in any spelling") {
  const Artifact wheel{
      .kind = ArtifactKind::wheel, .path = "/x", .name = "Foo.Bar", .version = "1.0"};
  for (const char* name : {"foo_bar-1.0.tar.gz", "foo-bar-1.0.zip", "Foo.Bar-v1.0.0.tgz"}) {
    CAPTURE(name);
    CHECK(verify_same_project(name, wheel));
  }
  for (const char* name : {"foo_bar-1.1.tar.gz", "foo-1.0.tar.gz", "foo_bar-1.0"}) {
    CAPTURE(name);
    const auto same = verify_same_project(name, wheel);
    REQUIRE(!same);
    CHECK(same.error().code == errc::bad_artifact);
  }
}

TEST_CASE("N1 verify_artifact refuses an sdist whose folder is that of another") {
  const TempDir dir;
  for (const auto& [folder, fits] : {std::pair("foo-1.0", true),
                                     std::pair("Foo-1.0.0", true),
                                     std::pair("foo-1.1", false),
                                     std::pair("foo", false)}) {
    CAPTURE(folder);
    write_archive(dir / "foo-1.0.tar.gz",
                  {{.name = folder + std::string("/PKG-INFO"), .bytes = metadata("foo", "1.0")}});
    const auto sdist = verify_artifact(ArtifactKind::sdist, dir.path(), "foo-1.0.tar.gz");
    REQUIRE(sdist.has_value() == fits);
    if (!fits) CHECK(sdist.error().code == errc::bad_artifact);
  }
}

TEST_CASE("verify_artifact takes what shrinks more than a stranger's archive may") {
  const TempDir dir;
  write_archive(dir / "foo-1.0.tar.gz",
                {{.name = "foo-1.0/zeros", .bytes = std::string(80U << 20, '\0')},
                 {.name = "foo-1.0/PKG-INFO", .bytes = metadata("foo", "1.0")}});
  CHECK(verify_artifact(ArtifactKind::sdist, dir.path(), "foo-1.0.tar.gz"));
}

TEST_CASE("verify_same_project compares names and versions in any spelling") {
  const auto artifact = [](ArtifactKind kind, const std::string& name, const std::string& version) {
    return Artifact{.kind = kind, .path = "/x", .name = name, .version = version};
  };
  const Artifact sdist = artifact(ArtifactKind::sdist, "Foo.Bar", "1.0");
  CHECK(verify_same_project(sdist, artifact(ArtifactKind::wheel, "foo_bar", "1.0.0")));
  for (const auto& other : {artifact(ArtifactKind::wheel, "foo_bar", "1.1"),
                            artifact(ArtifactKind::wheel, "foo", "1.0")}) {
    const auto same = verify_same_project(sdist, other);
    REQUIRE(!same);
    CHECK(same.error().code == errc::bad_artifact);
  }
}

TEST_CASE("move_artifact renames into a new folder and replaces what was there") {
  const TempDir dir;
  for (const int round : {1, 2}) {
    CAPTURE(round);
    const auto made =
        verify_artifact(ArtifactKind::wheel, dir.path(), write_wheel(dir.path(), "foo", "1.0"));
    REQUIRE(made);
    const auto moved = move_artifact(*made, dir / "new/dist");
    REQUIRE(moved);
    CHECK(moved->path == dir / "new/dist/foo-1.0-py3-none-any.whl");
    CHECK(fs::file_size(moved->path) == made->size);
    CHECK(!fs::exists(made->path));
    CHECK(std::distance(fs::directory_iterator(dir / "new/dist"), {}) == 1);
  }
}

TEST_CASE("move_artifact replaces a link instead of writing through it") {
  const TempDir dir;
  const auto made =
      verify_artifact(ArtifactKind::wheel, dir.path(), write_wheel(dir.path(), "foo", "1.0"));
  REQUIRE(made);
  dir.write("precious", "precious");
  dir.make_directory("dist");
  fs::create_symlink("../precious", dir / "dist" / made->path.filename());
  const auto moved = move_artifact(*made, dir / "dist");
  REQUIRE(moved);
  CHECK(fs::is_regular_file(fs::symlink_status(moved->path)));
  CHECK(dir.read("precious") == "precious");
}

TEST_CASE("move_artifact tells a folder that cannot be had or a folder in its way") {
  const TempDir dir;
  const auto made =
      verify_artifact(ArtifactKind::wheel, dir.path(), write_wheel(dir.path(), "foo", "1.0"));
  REQUIRE(made);
  dir.write("file", "");
  const fs::path in_the_way = dir.make_directory("dist/" + made->path.filename().string());
  for (const fs::path& folder : {dir / "file", dir / "file/below", dir / "dist"}) {
    CAPTURE(folder);
    const auto moved = move_artifact(*made, folder);
    REQUIRE(!moved);
    CHECK(moved.error().code == errc::io_error);
    CHECK(fs::exists(made->path));
  }
  CHECK(fs::is_directory(in_the_way));
}

TEST_CASE("move_artifact copies to another file system and leaves nothing behind") {
  const TempDir dir;
  const auto elsewhere = other_file_system(dir);
  if (!elsewhere) {
    MESSAGE("there is no other file system to move to");
    return;
  }
  const auto made =
      verify_artifact(ArtifactKind::wheel, dir.path(), write_wheel(dir.path(), "foo", "1.0"));
  REQUIRE(made);
  const std::string bytes = dir.read(made->path);
  const auto moved = move_artifact(*made, *elsewhere);
  REQUIRE(moved);
  CHECK(moved->path == *elsewhere / made->path.filename());
  CHECK(dir.read(moved->path) == bytes);
  CHECK(!fs::exists(made->path));
  CHECK(std::distance(fs::directory_iterator(*elsewhere), {}) == 1);
  fs::remove_all(*elsewhere);
}

TEST_SUITE_END();
