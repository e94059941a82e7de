#include "frontend/archive.hpp"
#include "frontend/artifact_contents.hpp"
#include "frontend/metadata_promises.hpp"
#include "tests/support/archives.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

using axle::errc;
using namespace axle::frontend;
using axle::test::ArchiveEntry;
using axle::test::TempDir;
using axle::test::write_archive;
using axle::test::write_sdist;
using Kind = ArchiveEntry::Kind;
using Strings = std::vector<std::string>;

TEST_SUITE_BEGIN("frontend::sdist_contents");

TEST_CASE("N1 read_sdist refuses links out of its folder") {
  const TempDir dir;
  const ArchiveEntry sound = {.name = "foo-1.0/PKG-INFO",
                              .bytes = "Metadata-Version: 2.2\nName: foo\nVersion: 1.0\n"};
  const auto refused = [&](const ArchiveEntry& entry) {
    write_archive(dir / "foo-1.0.tar.gz", {sound, entry});
    const auto contents = read_sdist(dir / "foo-1.0.tar.gz");
    if (!contents) CHECK(contents.error().code == errc::bad_artifact);
    return !contents;
  };
  for (const char* target : {"../../etc/passwd", "/etc/passwd", "..", "../bar-1.0/x"}) {
    CAPTURE(target);
    CHECK(refused({.name = "foo-1.0/x", .kind = Kind::symbolic_link, .target = target}));
  }
  CHECK(refused({.name = "foo-1.0/x", .kind = Kind::hard_link, .target = "other/PKG-INFO"}));
  CHECK(refused({.name = "foo-1.0/x", .kind = Kind::fifo}));
  CHECK(!refused({.name = "foo-1.0/d/x", .kind = Kind::symbolic_link, .target = "../PKG-INFO"}));
  CHECK(!refused({.name = "foo-1.0/x", .kind = Kind::hard_link, .target = "foo-1.0/PKG-INFO"}));
}

TEST_CASE("A virtual environment in an sdist is named, as it is built and as it is unpacked") {
  const TempDir dir;
  const ArchiveEntry python = {.name = "foo-1.0/.venv/bin/python3",
                               .kind = Kind::symbolic_link,
                               .target = "/usr/bin/python3"};
  write_archive(dir / "foo-1.0.tar.gz", {{.name = "foo-1.0/PKG-INFO"}, python});
  const auto built = read_sdist(dir / "foo-1.0.tar.gz");
  REQUIRE(!built);
  CHECK(built.error().hint.starts_with(".venv is a virtual environment"));
  std::filesystem::create_directory(dir / "to");
  const auto unpacked = extract_sdist(dir / "foo-1.0.tar.gz", dir / "to", errc::bad_artifact);
  REQUIRE(!unpacked);
  CHECK(unpacked.error().hint == built.error().hint);
}

TEST_CASE("read_sdist remarks on what sdists of today have") {
  const TempDir dir;
  const auto today = read_sdist(dir / write_sdist(dir.path(), "foo_bar", "1.0"));
  REQUIRE(today);
  CHECK(today->remarks.empty());
  write_archive(dir / "Foo.Bar-1.0.tar.gz",
                {{.name = "Foo.Bar-1.0/PKG-INFO",
                  .bytes = "Metadata-Version: 2.1\nName: Foo.Bar\nVersion: 1.0\n"}});
  const auto old = read_sdist(dir / "Foo.Bar-1.0.tar.gz");
  REQUIRE(old);
  CHECK(old->remarks ==
        Strings{"Foo.Bar-1.0.tar.gz has no pyproject.toml, as sdists of today have",
                "Foo.Bar-1.0.tar.gz has metadata of version '2.1', and PEP 643 asks for 2.2",
                "Foo.Bar-1.0.tar.gz would be named foo_bar-... by PEP 625"});
}

TEST_CASE("read_sdist warns of an sdist without PKG-INFO, which is what its name says") {
  const TempDir dir;
  write_archive(dir / "foo-bar-1.0.tar.gz", {{.name = "foo-bar-1.0/setup.py"}});
  const auto contents = read_sdist(dir / "foo-bar-1.0.tar.gz");
  REQUIRE(contents);
  CHECK(contents->name == "foo-bar");
  CHECK(contents->version == "1.0");
  CHECK(contents->metadata.empty());
  REQUIRE(contents->warnings.size() == 1);
  CHECK(contents->warnings[0].starts_with("foo-bar-1.0.tar.gz has no PKG-INFO"));
  for (const char* folder : {"foo-1.0", "foo-bar"}) {
    write_archive(dir / "foo-bar-1.0.tar.gz", {{.name = folder + std::string("/setup.py")}});
    CHECK(!read_sdist(dir / "foo-bar-1.0.tar.gz"));
  }
}

TEST_CASE("find_broken_promises finds fields that are not Dynamic and differ") {
  const std::string sdist =
      "Metadata-Version: 2.2\nName: foo\nVersion: 1\nClassifier: a\nClassifier: b\n"
      "Dynamic: requires-dist\nLicense: MIT\n\nThe description.\n";
  const std::string same =
      "Metadata-Version: 2.4\nName: foo\nVersion: 1\nClassifier: b\nClassifier: a\n"
      "Requires-Dist: bar\nLicense: MIT\n\nThe description.\n\n";
  CHECK(find_broken_promises(sdist, same).empty());
  CHECK(find_broken_promises(sdist, same + "more\n") == Strings{"Description"});
  std::string other = same;
  other.replace(other.find("MIT"), 3, "BSD");
  other.replace(other.find("Classifier: b\n"), 14, "Summary: new\n");
  CHECK(find_broken_promises(sdist, other) == Strings{"Classifier", "License", "Summary"});
  // Nothing was promised before PEP 643.
  std::string old = sdist;
  old.replace(old.find("2.2"), 3, "2.1");
  CHECK(find_broken_promises(old, other).empty());
}

TEST_SUITE_END();
