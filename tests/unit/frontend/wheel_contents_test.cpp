#include "frontend/artifact_contents.hpp"
#include "frontend/wheel_record.hpp"
#include "ipc/private_dir.hpp"
#include "tests/support/archives.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using axle::errc;
using namespace axle::frontend;
using axle::test::ArchiveEntry;
using axle::test::sound_wheel;
using axle::test::TempDir;
using axle::test::write_archive;
using Entries = std::vector<ArchiveEntry>;

TEST_SUITE_BEGIN("frontend::wheel_contents");

namespace {

constexpr const char* dist_info = "foo-1.0.dist-info";
const ArchiveEntry metadata = {.name = "foo-1.0.dist-info/METADATA",
                               .bytes = "Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n"};

struct Wheel {
  TempDir dir;
  std::string name = "foo-1.0-py3-none-any.whl";

  /// What is wrong with a wheel of exactly these members; empty: nothing.
  std::string refused(const Entries& entries) {
    write_archive(dir / name, entries);
    auto contents = read_wheel(dir / name);
    if (contents) {
      remarks = contents->remarks;
      warnings = contents->warnings;
      return {};
    }
    CHECK(contents.error().code == errc::bad_artifact);
    CHECK(contents.error().message.find(name) != std::string::npos);
    return contents.error().message;
  }
  /// What is told of a wheel of exactly these members, which is taken all the same.
  std::string warned(const Entries& entries) {
    CHECK(refused(entries).empty());
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].starts_with(name));
    return warnings[0];
  }
  std::vector<std::string> remarks;
  std::vector<std::string> warnings;
};

Entries sound(Entries more = {}) {
  more.push_back(metadata);
  return sound_wheel(more, dist_info);
}

/// Sound entries, of which the text of one was changed afterwards.
Entries with(const std::string& name, const std::string& from, const std::string& to) {
  Entries entries = sound({{.name = "foo/a.py", .bytes = "answer = 42\n"}});
  for (ArchiveEntry& entry : entries) {
    if (entry.name != name) continue;
    const std::size_t at = entry.bytes.find(from);
    REQUIRE(at != std::string::npos);
    entry.bytes.replace(at, from.size(), to);
  }
  return entries;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("read_wheel takes a wheel whose RECORD tells of each file with the right hash") {
  Wheel wheel;
  const Entries entries = sound({{.name = "foo/__init__.py", .bytes = std::string(300'000, 'x')},
                                 {.name = "foo/empty.py"},
                                 {.name = "foo/sub", .kind = ArchiveEntry::Kind::directory}});
  CHECK(wheel.refused(entries).empty());
  CHECK(wheel.remarks.empty());
  CHECK(wheel.warnings.empty());
}

TEST_CASE("N4 read_wheel refuses a wheel that is not the whole of its file") {
  Wheel wheel;
  const auto refused_as = [&](const std::string& before, const std::string& after) {
    REQUIRE(wheel.refused(sound()).empty());
    const std::string bytes = axle::ipc::read_file(wheel.dir / wheel.name, 1 << 20).value();
    wheel.dir.write(wheel.name, before + bytes + after);
    const auto contents = read_wheel(wheel.dir / wheel.name);
    return contents ? std::string() : contents.error().message;
  };
  CHECK(refused_as("", "").empty());
  CHECK(contains(refused_as("", "x"), "it has bytes after its end"));
  CHECK(contains(refused_as("", "PK\x05\x06"), "it has bytes after its end"));
  CHECK(contains(refused_as("#!/bin/sh\n", ""), "it has bytes before its first member"));
}

TEST_CASE("read_wheel takes a wheel with a comment at its end") {
  Wheel wheel;
  REQUIRE(wheel.refused(sound()).empty());
  std::string bytes = axle::ipc::read_file(wheel.dir / wheel.name, 1 << 20).value();
  bytes.replace(bytes.size() - 2, 2, {'\x03', '\0'});
  wheel.dir.write(wheel.name, bytes + "abc");
  CHECK(read_wheel(wheel.dir / wheel.name).has_value());
}

TEST_CASE("read_wheel warns of a wheel whose RECORD contradicts its files, which installers take") {
  Wheel wheel;
  const std::string record = "foo-1.0.dist-info/RECORD";
  Entries entries = sound({{.name = "foo.py", .bytes = "a = 1\n"}});
  entries.insert(entries.begin(), {.name = "stowaway.py"});
  CHECK(contains(wheel.warned(entries), "has 'stowaway.py', but not in RECORD"));
  entries = sound({{.name = "foo.py", .bytes = "a = 1\n"}});
  std::erase_if(entries, [](const ArchiveEntry& entry) { return entry.name == "foo.py"; });
  CHECK(contains(wheel.warned(entries), "has 'foo.py' in RECORD, but no such file"));
  entries = sound({{.name = "foo.py", .bytes = "a = 1\n"}});
  entries[0].bytes = "a = 2\n";
  CHECK(contains(wheel.warned(entries), "another hash of 'foo.py' in RECORD than the file"));
  CHECK(contains(wheel.warned(with(record, ",45\n", ",55\n")), "of which RECORD says 55"));
  CHECK(contains(wheel.warned(with(record, "METADATA,sha256=", "METADATA,md5=")), "by 'md5'"));
  CHECK(contains(wheel.warned(with(record, ",45\n", "\n")), "a row of 2 fields instead of 3"));
  entries = sound();
  std::erase_if(entries, [&](const ArchiveEntry& entry) { return entry.name == record; });
  CHECK(contains(wheel.refused(entries), "there is no foo-1.0.dist-info/RECORD in it"));
}

TEST_CASE("read_wheel remarks that RECORD tells no hash of a file, which installers take") {
  Wheel wheel;
  Entries entries = sound();
  ArchiveEntry& record = entries.back();
  REQUIRE(record.name == "foo-1.0.dist-info/RECORD");
  record.bytes = "foo-1.0.dist-info/METADATA,,\nfoo-1.0.dist-info/WHEEL,,\n" + record.name + ",,\n";
  CHECK(wheel.refused(entries).empty());
  REQUIRE(wheel.remarks.size() == 1);
  CHECK(contains(wheel.remarks[0], "tells no hash of 'foo-1.0.dist-info/METADATA'"));
  record.bytes = "foo-1.0.dist-info/METADATA,,7\nfoo-1.0.dist-info/WHEEL,,\n";
  CHECK(contains(wheel.warned(entries), "of which RECORD says 7"));
}

TEST_CASE("read_wheel refuses a WHEEL that is missing, and remarks other tags than the name's") {
  Wheel wheel;
  const auto remarked = [&](const Entries& entries) {
    CHECK(wheel.refused(entries).empty());
    return wheel.remarks.empty() ? std::string() : wheel.remarks[0];
  };
  Entries entries = sound_wheel({metadata}, dist_info, {"py2-none-any", "py3-none-any"});
  CHECK(
      contains(remarked(entries), "other tags in its WHEEL than in its name: py2-none-any, py3-"));
  wheel.name = "foo-1.0-py2.py3-none-any.whl";
  CHECK(wheel.refused(entries).empty());
  CHECK(wheel.refused(sound_wheel({metadata}, dist_info, {"py2.py3-none-any"})).empty());
  CHECK(contains(remarked(sound_wheel({metadata}, dist_info, {"py2.py3"})), "name: py2.py3"));
  CHECK(contains(remarked(sound()), "other tags"));
  wheel.name = "foo-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl";
  CHECK(wheel
            .refused(sound_wheel(
                {metadata},
                dist_info,
                {"cp311-cp311-manylinux2014_x86_64", "cp311-cp311-manylinux_2_17_x86_64"}))
            .empty());
  wheel.name = "foo-1.0-py3-none-any.whl";
  const auto with_wheel = [&](const std::string& text) {
    return sound({{.name = "foo-1.0.dist-info/WHEEL", .bytes = text}});
  };
  CHECK(contains(wheel.refused(with_wheel("Tag: py3-none-any\n")), "Wheel-Version"));
  CHECK(contains(wheel.refused(with_wheel("Wheel-Version: 2.0\nTag: py3-none-any\n")), "'2.0'"));
  CHECK(wheel.refused(with_wheel("Wheel-Version: 1.9\n")).empty());
  CHECK(wheel.remarks.size() == 2);  // no Tag, no Root-Is-Purelib
  entries = sound();
  std::erase_if(entries, [](const ArchiveEntry& entry) { return entry.name.ends_with("/WHEEL"); });
  CHECK(contains(wheel.refused(entries), "there is no foo-1.0.dist-info/WHEEL in it"));
}

TEST_CASE("read_wheel warns of members that occur twice, of which the last counts") {
  Wheel wheel;
  Entries entries = sound({{.name = "foo.py"}});
  entries.insert(entries.begin(), {.name = "foo.py", .bytes = "a = 1\n"});
  entries.insert(entries.begin(), {.name = metadata.name, .bytes = "Name: bar\n"});
  CHECK(wheel.refused(entries).empty());
  REQUIRE(wheel.warnings.size() == 2);
  CHECK(contains(wheel.warnings[1], "'foo-1.0.dist-info/METADATA' twice"));
  CHECK(contains(wheel.warnings[0], "'foo.py' twice"));
}

TEST_CASE("read_wheel warns of a *.dist-info of another version, and refuses that of another") {
  Wheel wheel;
  const auto wheel_of = [](const std::string& folder) {
    return sound_wheel({{.name = folder + "/METADATA", .bytes = metadata.bytes}}, folder);
  };
  CHECK(contains(wheel.warned(wheel_of("foo-1.1.dist-info")), "its metadata in foo-1.1.dist-info"));
  CHECK(contains(wheel.refused(wheel_of("bar-1.0.dist-info")), "is in bar-1.0.dist-info"));
}

TEST_CASE("N1 read_wheel refuses members that leave or are links") {
  Wheel wheel;
  CHECK(!wheel.refused(sound({{.name = "../foo.py"}})).empty());
  CHECK(contains(wheel.refused(sound({{.name = "/foo.py"}})), "is absolute"));
  CHECK(wheel.refused(sound({{.name = "./foo.py"}})).empty());
  CHECK(wheel.warnings.empty());
  CHECK(contains(
      wheel.refused(sound(
          {{.name = "foo.py", .kind = ArchiveEntry::Kind::symbolic_link, .target = "bar.py"}})),
      "a link"));
}

TEST_CASE("read_wheel refuses a script of which no program can be made") {
  Wheel wheel;
  const auto refused = [&](const std::string& text) {
    return wheel.refused(sound({{.name = "foo-1.0.dist-info/entry_points.txt", .bytes = text}}));
  };
  CHECK(refused("# of old\n[console_scripts]\nfoo = foo.cli:main\nbar=foo : Main.run [extra]\n\n"
                "[gui_scripts]\nbaz =\n  foo:main\n[other]\nany = foo\nthing\n")
            .empty());
  for (const std::string line : {"foo = foo.cli",
                                 "foo = foo:",
                                 "foo = :main",
                                 "foo",
                                 "= a:b",
                                 "foo = foo:main()",
                                 "foo = a b:c",
                                 "foo = foo:main.",
                                 "foo ="}) {
    CAPTURE(line);
    CHECK(contains(refused("[console_scripts]\nok = a:b\n" + line + "\n"), "'module:function'"));
    CHECK(contains(refused("[gui_scripts]\n" + line + "\n[x]\n"), "'module:function'"));
  }
}

TEST_CASE("parse_csv reads what Python's csv module writes") {
  using Rows = std::vector<std::vector<std::string>>;
  CHECK(parse_csv("a,b,1\r\n\"x,\"\"y\"\"\",,\n\n\"two\nlines\",\"\"") ==
        Rows{{"a", "b", "1"}, {"x,\"y\"", "", ""}, {"two\nlines", ""}});
  CHECK(parse_csv("").empty());
}

TEST_SUITE_END();
