#include "frontend/compare_artifacts.hpp"

#include "tests/support/archives.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using axle::errc;
using namespace axle::frontend;
using axle::test::ArchiveEntry;
using axle::test::TempDir;
using axle::test::write_archive;
using Entries = std::vector<ArchiveEntry>;
using Kind = ArchiveEntry::Kind;
using Strings = std::vector<std::string>;

TEST_SUITE_BEGIN("frontend::compare_artifacts");

namespace {

const Entries sound = {{.name = "foo-1.0/PKG-INFO", .bytes = "Name: foo\nVersion: 1.0\n"},
                       {.name = "foo-1.0/foo.py", .bytes = "a = 1\nb = 2\n"}};

struct Pair {
  TempDir dir;
  std::string suffix = ".tar.gz";

  std::filesystem::path first() { return dir / ("first" + suffix); }
  std::filesystem::path second() { return dir / ("second" + suffix); }
  Strings compared(const Entries& one, const Entries& two) {
    write_archive(first(), one);
    write_archive(second(), two);
    return compare_artifacts(first(), second()).value();
  }
  Strings contents() { return compare_contents(first(), second()).value(); }
};

/// The sound entries, of which the last is changed.
template <class Change>
Entries with(Change change) {
  Entries entries = sound;
  change(entries.back());
  return entries;
}

}  // namespace

TEST_CASE("compare_artifacts finds nothing in two files that are the same") {
  for (const char* suffix : {".tar.gz", ".whl"}) {
    CAPTURE(suffix);
    Pair pair{.dir = {}, .suffix = suffix};
    CHECK(pair.compared(sound, sound).empty());
    CHECK(pair.contents().empty());
  }
}

TEST_CASE("compare_artifacts tells the member and the first byte that differs") {
  for (const char* suffix : {".tar.gz", ".whl"}) {
    CAPTURE(suffix);
    Pair pair{.dir = {}, .suffix = suffix};
    const Strings found =
        pair.compared(sound, with([](ArchiveEntry& entry) { entry.bytes = "a = 1\nb = 30\n"; }));
    CHECK(found ==
          Strings{"foo-1.0/foo.py has other contents from byte 10 on (line 2) (12 and 13 bytes)"});
    CHECK(pair.contents() == found);
  }
}

TEST_CASE("compare_artifacts tells members that one of the two lacks") {
  Pair pair;
  const Strings found =
      pair.compared(sound, with([](ArchiveEntry& entry) { entry.name = "foo-1.0/bar.py"; }));
  CHECK(found == Strings{"foo-1.0/foo.py is in the first build only",
                         "foo-1.0/bar.py is in the second build only"});
  CHECK(pair.contents() == found);
}

TEST_CASE("compare_artifacts tells other times, which compare_contents does not mind") {
  for (const char* suffix : {".tar.gz", ".whl"}) {
    CAPTURE(suffix);
    Pair pair{.dir = {}, .suffix = suffix};
    const Strings found =
        pair.compared(sound, with([](ArchiveEntry& entry) { entry.modified += 60; }));
    REQUIRE(found.size() == 1);
    CHECK(found[0].starts_with("foo-1.0/foo.py has other times: 2001-09-09 "));
    CHECK(pair.contents().empty());
  }
}

TEST_CASE("compare_artifacts tells other modes and other kinds of members") {
  Pair pair;
  CHECK(pair.compared(sound, with([](ArchiveEntry& entry) { entry.mode = 0755; })) ==
        Strings{"foo-1.0/foo.py has other modes: 644 and 755"});
  CHECK(pair.contents().size() == 1);
  const auto link = [](const char* target) {
    return with([&](ArchiveEntry& entry) {
      entry.bytes.clear();
      entry.kind = Kind::symbolic_link;
      entry.target = target;
    });
  };
  const Strings found = pair.compared(sound, link("PKG-INFO"));
  REQUIRE(!found.empty());
  CHECK(found[0] == "foo-1.0/foo.py is another kind of member");
  CHECK(pair.compared(link("PKG-INFO"), link("elsewhere")) ==
        Strings{"foo-1.0/foo.py is another kind of member"});
}

TEST_CASE("compare_artifacts tells another order, where all else is the same") {
  Pair pair;
  CHECK(pair.compared(sound, {sound[1], sound[0]}) ==
        Strings{"the same members are in another order"});
  CHECK(pair.contents().empty());
}

TEST_CASE("compare_artifacts tells another header of gzip, and other packing") {
  Pair pair;
  CHECK(pair.compared(sound, sound).empty());
  std::string bytes = pair.dir.read("second.tar.gz");
  bytes[4] = static_cast<char>(bytes[4] + 1);  // the time, RFC 1952
  pair.dir.write("second.tar.gz", bytes);
  CHECK(compare_artifacts(pair.first(), pair.second()).value() ==
        Strings{"the time in the header of gzip is another"});
  CHECK(pair.contents().empty());
  bytes[4] = static_cast<char>(bytes[4] - 1);
  bytes[9] = static_cast<char>(bytes[9] + 1);  // the system, which is no time
  pair.dir.write("second.tar.gz", bytes);
  CHECK(compare_artifacts(pair.first(), pair.second()).value() ==
        Strings{"the same members are packed in another way: owners or compression"});
}

TEST_CASE("compare_artifacts refuses what cannot be read") {
  Pair pair;
  write_archive(pair.first(), sound);
  for (const char* wrong : {"", "no archive"}) {
    CAPTURE(wrong);
    if (*wrong != '\0') pair.dir.write("second.tar.gz", wrong);
    const auto found = compare_artifacts(pair.first(), pair.second());
    REQUIRE(!found);
    CHECK(found.error().code == errc::bad_artifact);
  }
}

TEST_SUITE_END();
