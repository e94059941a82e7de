#include "frontend/archive.hpp"

#include "tests/support/archives.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

using axle::errc;
using axle::Error;
using axle::Result;
using namespace axle::frontend;
using axle::test::ArchiveEntry;
using axle::test::TempDir;
using axle::test::write_archive;
using Kind = ArchiveEntry::Kind;
namespace fs = std::filesystem;

TEST_SUITE_BEGIN("frontend::archive");

namespace {

constexpr std::uintmax_t mebibyte = 1U << 20;

struct stat status_of(const fs::path& path) {
  struct stat status = {};
  CAPTURE(path);
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status;
}

unsigned mode_of(const fs::path& path) {
  return status_of(path).st_mode & 07777;
}

std::string noise(std::size_t size) {
  std::mt19937 random(7);
  std::string bytes(size, '\0');
  std::ranges::generate(bytes, [&] { return static_cast<char>(random()); });
  return bytes;
}

/// An sdist of these members, unpacked.
fs::path unpacked(const TempDir& dir,
                  const std::vector<ArchiveEntry>& entries,
                  const std::string& suffix = ".tar.gz") {
  const fs::path archive = dir / ("foo-1.0" + suffix);
  write_archive(archive, entries);
  const fs::path destination = dir.make_directory("unpacked" + suffix);
  const auto top = extract_sdist(archive, destination, errc::invalid_project);
  if (!top) FAIL(top.error().message);
  CHECK(*top == destination / "foo-1.0");
  return *top;
}

/// Why an sdist of these members is not unpacked; nothing is written beside the destination.
Error refused(const TempDir& dir,
              const std::vector<ArchiveEntry>& entries,
              const ArchiveLimits& limits = {}) {
  const fs::path archive = dir / "foo-1.0.tar.gz";
  write_archive(archive, entries);
  fs::remove_all(dir / "in");
  const auto top =
      extract_sdist(archive, dir.make_directory("in/destination"), errc::invalid_project, limits);
  REQUIRE(!top);
  CHECK(top.error().code == errc::invalid_project);
  CHECK(top.error().message.starts_with(archive.string()));
  for (const auto& entry : fs::directory_iterator(dir / "in")) {
    CHECK(entry.path().filename() == "destination");
  }
  return top.error();
}

Error refused_file(const fs::path& archive) {
  const TempDir destination;
  const auto top = extract_sdist(archive, destination.path(), errc::bad_artifact);
  CAPTURE(archive);
  REQUIRE(!top);
  CHECK(top.error().code == errc::bad_artifact);
  CHECK(top.error().message.find(archive.string()) != std::string::npos);
  return top.error();
}

const ArchiveEntry pkg_info = {.name = "foo-1.0/PKG-INFO", .bytes = "Name: foo\n"};

}  // namespace

TEST_CASE("extract_sdist unpacks every format of an sdist") {
  const TempDir dir;
  const std::string large = noise(300'000);
  for (const std::string suffix : {".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip"}) {
    CAPTURE(suffix);
    const fs::path top = unpacked(dir,
                                  {{.name = "foo-1.0/", .kind = Kind::directory, .mode = 0755},
                                   pkg_info,
                                   {.name = "foo-1.0/src/foo/data.bin", .bytes = large},
                                   {.name = "foo-1.0/empty"}},
                                  suffix);
    const fs::path relative = fs::relative(top, dir.path());
    CHECK(dir.read(relative / "PKG-INFO") == "Name: foo\n");
    CHECK(dir.read(relative / "src/foo/data.bin") == large);
    CHECK(dir.read(relative / "empty").empty());
  }
}

TEST_CASE("extract_sdist keeps execution and times and no other mode") {
  const TempDir dir;
  const fs::path top = unpacked(
      dir,
      {{.name = "foo-1.0", .kind = Kind::directory, .mode = 07000, .modified = 1'111'111'111},
       {.name = "foo-1.0/run", .mode = 04777},
       {.name = "foo-1.0/locked", .mode = 0000},
       {.name = "foo-1.0/open", .mode = 0666},
       {.name = "foo-1.0/odd", .mode = 02611},
       {.name = "foo-1.0/plain", .mode = 0644, .modified = 86400}});
  CHECK(mode_of(top / "run") == 0755);
  CHECK(mode_of(top / "locked") == 0600);
  CHECK(mode_of(top / "open") == 0644);
  CHECK(mode_of(top / "odd") == 0600);
  CHECK(mode_of(top / "plain") == 0644);
  CHECK((mode_of(top) & 07700) == 0700);
  CHECK(status_of(top / "run").st_mtime == 1'000'000'000);
  CHECK(status_of(top / "plain").st_mtime == 86400);
  CHECK(status_of(top).st_mtime == 1'111'111'111);
}

TEST_CASE("extract_sdist drops leading slashes and dots") {
  const TempDir dir;
  unpacked(dir,
           {{.name = "./", .kind = Kind::directory, .mode = 0755},
            {.name = "./foo-1.0/a", .bytes = "a"},
            {.name = "//foo-1.0/.//b", .bytes = "b"}});
  CHECK(dir.read("unpacked.tar.gz/foo-1.0/a") == "a");
  CHECK(dir.read("unpacked.tar.gz/foo-1.0/b") == "b");
}

TEST_CASE("extract_sdist keeps links that stay inside") {
  const TempDir dir;
  const fs::path top = unpacked(
      dir,
      {{.name = "foo-1.0/a/file", .bytes = "1"},
       {.name = "foo-1.0/b/up", .kind = Kind::symbolic_link, .target = "../a/file"},
       {.name = "foo-1.0/b/folder", .kind = Kind::symbolic_link, .target = "../a"},
       {.name = "foo-1.0/b/detour", .kind = Kind::symbolic_link, .target = "./x/../../a//file"},
       {.name = "foo-1.0/self", .kind = Kind::symbolic_link, .target = "../foo-1.0/."},
       {.name = "foo-1.0/dangling", .kind = Kind::symbolic_link, .target = "later"},
       {.name = "foo-1.0/hard", .kind = Kind::hard_link, .target = "foo-1.0/a/file"}});
  CHECK(fs::read_symlink(top / "b/up") == "../a/file");
  CHECK(fs::read_symlink(top / "b/detour") == "../a/file");
  CHECK(fs::canonical(top / "b/folder") == top / "a");
  CHECK(fs::canonical(top / "self") == top);
  CHECK(fs::read_symlink(top / "dangling") == "later");
  CHECK(status_of(top / "hard").st_ino == status_of(top / "a/file").st_ino);
}

TEST_CASE("extract_sdist lets the last of several members of one name stay") {
  const TempDir dir;
  const fs::path top =
      unpacked(dir,
               {{.name = "foo-1.0/twice", .bytes = "first and longer"},
                {.name = "foo-1.0/twice", .bytes = "second"},
                {.name = "foo-1.0/kept", .bytes = "kept"},
                {.name = "foo-1.0/link", .kind = Kind::symbolic_link, .target = "kept"},
                {.name = "foo-1.0/link", .bytes = "not through the link"},
                {.name = "foo-1.0/hard", .kind = Kind::hard_link, .target = "foo-1.0/kept"},
                {.name = "foo-1.0/hard", .bytes = "not through this one, either"},
                {.name = "foo-1.0/folder", .kind = Kind::directory},
                {.name = "foo-1.0/folder/x"},
                {.name = "foo-1.0/folder", .kind = Kind::directory}});
  CHECK(dir.read("unpacked.tar.gz/foo-1.0/twice") == "second");
  CHECK(dir.read("unpacked.tar.gz/foo-1.0/kept") == "kept");
  CHECK(fs::is_regular_file(fs::symlink_status(top / "link")));
  CHECK(fs::exists(top / "folder/x"));
}

TEST_CASE("extract_sdist unpacks names beyond ASCII, UTF-8 or not") {
  const TempDir dir;
  for (const std::string suffix : {".tar.gz", ".zip"}) {
    const fs::path top =
        unpacked(dir, {{.name = "foo-1.0/h\u00e4\u4e2d\U0001F600.txt", .bytes = "x"}}, suffix);
    CHECK(fs::exists(top / "h\u00e4\u4e2d\U0001F600.txt"));
  }
  const fs::path top = unpacked(dir, {{.name = "foo-1.0/h\xe4.txt", .bytes = "x"}});
  CHECK(fs::exists(top / "h\xe4.txt"));
}

TEST_CASE("extract_sdist unpacks sparse files") {
  const TempDir dir;
  unpacked(dir, {{.name = "foo-1.0/sparse", .bytes = "end", .hole = 1 << 20}});
  const std::string bytes = dir.read("unpacked.tar.gz/foo-1.0/sparse");
  CHECK(bytes.size() == (1 << 20) + 3);
  CHECK(bytes.ends_with(std::string("\0end", 4)));
}

TEST_CASE("extract_sdist makes names with hundreds of folders") {
  const TempDir dir;
  std::string deep = "foo-1.0";
  for (int i = 0; i < 400; ++i) deep += "/deep";
  const fs::path top = unpacked(dir, {{.name = deep + "/file", .bytes = "x"}});
  CHECK(fs::exists(top.parent_path() / deep / "file"));
}

TEST_CASE("N4 extract_sdist refuses members that leave the destination") {
  const TempDir dir;
  for (const std::string name :
       {"../evil", "foo-1.0/../../evil", "foo-1.0/..", "/../evil", "..", "foo-1.0/a/../b"}) {
    CAPTURE(name);
    refused(dir, {pkg_info, {.name = name, .bytes = "evil"}});
  }
}

TEST_CASE("N4 extract_sdist refuses links that leave the destination") {
  const TempDir dir;
  for (const std::string target :
       {"/etc/passwd", "../../evil", "../x/../../evil", "..//..", "/", "a/../../../evil"}) {
    CAPTURE(target);
    refused(dir,
            {pkg_info, {.name = "foo-1.0/link", .kind = Kind::symbolic_link, .target = target}});
  }
  dir.write("in/secret", "secret");
  for (const std::string target : {"../secret",
                                   "foo-1.0/../../secret",
                                   "foo-1.0/none",
                                   "/etc/passwd",
                                   "foo-1.0",
                                   "foo-1.0/own"}) {
    CAPTURE(target);
    refused(dir, {pkg_info, {.name = "foo-1.0/own", .kind = Kind::hard_link, .target = target}});
  }
}

TEST_CASE("N4 extract_sdist does not leave by a chain of links") {
  const TempDir dir;
  // "a" is the folder itself, so that "a/a/.." seems to be deeper than it is.
  const fs::path top = unpacked(
      dir,
      {pkg_info,
       {.name = "foo-1.0/a", .kind = Kind::symbolic_link, .target = "."},
       {.name = "foo-1.0/b", .kind = Kind::symbolic_link, .target = "a/a/a/../../.."},
       {.name = "foo-1.0/c", .kind = Kind::symbolic_link, .target = "a/../../foo-1.0/a/../b"}});
  CHECK(fs::canonical(top / "b") == top);
  CHECK(fs::canonical(top / "c") == top);
  refused(dir,
          {pkg_info,
           {.name = "foo-1.0/d/link", .kind = Kind::symbolic_link, .target = "../../x"},
           {.name = "moved", .kind = Kind::hard_link, .target = "foo-1.0/d/link"}});
  refused(dir,
          {pkg_info,
           {.name = "foo-1.0/d/link", .kind = Kind::symbolic_link, .target = "../.."},
           {.name = "foo-1.0/moved", .kind = Kind::hard_link, .target = "foo-1.0/d/link"}});
}

TEST_CASE("N4 extract_sdist does not write through a planted link") {
  const TempDir dir;
  refused(dir,
          {{.name = "foo-1.0/inside/x", .bytes = "x"},
           {.name = "foo-1.0/link", .kind = Kind::symbolic_link, .target = "inside"},
           {.name = "foo-1.0/link/y", .bytes = "y"}});
  CHECK(!fs::exists(dir / "in/destination/foo-1.0/inside/y"));
  refused(dir,
          {{.name = "foo-1.0/link", .kind = Kind::symbolic_link, .target = "."},
           {.name = "foo-1.0/link", .kind = Kind::directory}});
  refused(dir,
          {{.name = "foo-1.0/inside/x", .bytes = "x"},
           {.name = "foo-1.0/link", .kind = Kind::symbolic_link, .target = "inside"},
           {.name = "foo-1.0/z", .kind = Kind::hard_link, .target = "foo-1.0/link/x"}});
  refused(dir, {pkg_info, {.name = "foo-1.0", .kind = Kind::symbolic_link, .target = "elsewhere"}});
}

TEST_CASE("N4 extract_sdist refuses devices and FIFOs, and a folder that is also a file") {
  const TempDir dir;
  refused(dir, {pkg_info, {.name = "foo-1.0/null", .kind = Kind::device}});
  refused(dir, {pkg_info, {.name = "foo-1.0/fifo", .kind = Kind::fifo}});
  refused(dir, {pkg_info, {.name = "foo-1.0/PKG-INFO/x"}});
  refused(dir, {pkg_info, {.name = "foo-1.0/PKG-INFO", .kind = Kind::directory}});
  refused(dir, {{.name = "foo-1.0/d/x"}, {.name = "foo-1.0/d"}});
}

TEST_CASE("N4 extract_sdist stops at its limits") {
  const TempDir dir;
  std::vector<ArchiveEntry> many;
  for (int i = 0; i < 100; ++i) many.push_back({.name = "foo-1.0/" + std::to_string(i)});
  refused(dir, many, {.entries = 99});
  std::string deep = "foo-1.0";
  for (int i = 0; i < 200; ++i) deep += "/d";
  refused(dir, {{.name = deep}}, {.entries = 100});

  const std::string zeros(10'000'000, '\0');
  refused(dir, {{.name = "foo-1.0/zeros", .bytes = zeros}}, {.bytes = 9'999'999});
  refused(dir,
          {{.name = "foo-1.0/a", .bytes = zeros}, {.name = "foo-1.0/b", .bytes = zeros}},
          {.bytes = 19'999'999});
  refused(dir, {{.name = "foo-1.0/zeros", .bytes = zeros}}, {.ratio = 100, .ratio_from = 1000});
  refused(dir, {{.name = "foo-1.0/hole", .bytes = "x", .hole = 50'000'000}}, {.bytes = 40'000'000});
  CHECK(fs::file_size(dir / "foo-1.0.tar.gz") < 100'000);

  write_archive(dir / "foo-1.0.tar.gz", {{.name = "foo-1.0/zeros", .bytes = zeros}});
  CHECK(extract_sdist(dir / "foo-1.0.tar.gz",
                      dir.make_directory("good"),
                      errc::invalid_project,
                      {.entries = 2, .bytes = 10'000'000}));
}

TEST_CASE("N4 extract_sdist refuses names that are too long") {
  const TempDir dir;
  refused(dir, {{.name = "foo-1.0/" + std::string(300, 'x')}});
  std::string deep = "foo-1.0";
  for (int i = 0; i < 3000; ++i) deep += "/d";
  refused(dir, {{.name = deep}});
}

TEST_CASE("extract_sdist wants one folder with everything in it") {
  const TempDir dir;
  refused(dir, {});
  refused(dir, {pkg_info, {.name = "other/file"}});
  refused(dir, {pkg_info, {.name = "file"}});
  refused(dir, {{.name = "foo-1.0"}});
}

TEST_CASE("extract_sdist tells archives that are damaged or cut off") {
  const TempDir dir;
  for (const std::string suffix : {".tar.gz", ".tar.bz2", ".tar.xz", ".zip"}) {
    const fs::path archive = dir / ("foo-1.0" + suffix);
    write_archive(archive, {pkg_info, {.name = "foo-1.0/noise", .bytes = noise(200'000)}});
    const std::string whole = dir.read("foo-1.0" + suffix);
    for (const std::size_t length :
         {std::size_t{0}, std::size_t{1}, std::size_t{20}, whole.size() / 2, whole.size() - 4000}) {
      CAPTURE(length);
      refused_file(dir.write("cut-1.0" + suffix, whole.substr(0, length)));
    }
    std::string damaged = whole;
    damaged[100'000] = static_cast<char>(~damaged[100'000]);
    refused_file(dir.write("damaged-1.0" + suffix, "garbage" + whole.substr(7)));
    refused_file(dir.write("noise-1.0" + suffix, noise(100'000)));
    if (suffix != ".tar.gz") refused_file(dir.write("damaged-1.0" + suffix, damaged));
  }
}

TEST_CASE("extract_sdist believes neither the suffix nor the contents alone") {
  const TempDir dir;
  for (const std::string made : {".tar", ".tar.gz", ".tar.bz2", ".zip"}) {
    for (const std::string named : {".tar.gz", ".tar.bz2", ".tar.xz", ".zip"}) {
      if (made == named) continue;
      write_archive(dir / ("foo-1.0" + made), {pkg_info});
      fs::rename(dir / ("foo-1.0" + made), dir / ("bar-1.0" + named));
      refused_file(dir / ("bar-1.0" + named));
    }
  }
}

TEST_CASE("extract_sdist tells what is no archive at all") {
  const TempDir dir;
  refused_file(dir / "missing-1.0.tar.gz");
  refused_file(dir.make_directory("folder-1.0.tar.gz"));
  refused_file(dir.write("text-1.0.txt", "text"));
  REQUIRE(::mkfifo((dir / "fifo-1.0.tar.gz").c_str(), 0600) == 0);
  refused_file(dir / "fifo-1.0.tar.gz");
}

TEST_CASE("extract_sdist tells a destination that cannot be written") {
  const TempDir dir;
  write_archive(dir / "foo-1.0.tar.gz", {pkg_info});
  const auto top = extract_sdist(dir / "foo-1.0.tar.gz", dir / "missing", errc::invalid_project);
  REQUIRE(!top);
  CHECK(top.error().code == errc::io_error);
}

TEST_CASE("extract_sdist works in several threads at once") {
  const TempDir dir;
  std::vector<ArchiveEntry> entries = {pkg_info};
  for (int i = 0; i < 200; ++i) entries.push_back({.name = "foo-1.0/\u00e4" + std::to_string(i)});
  write_archive(dir / "foo-1.0.tar.gz", entries);
  std::vector<std::thread> threads;
  std::vector<Result<fs::path>> tops(4);
  for (std::size_t i = 0; i < tops.size(); ++i) {
    const fs::path destination = dir.make_directory("thread" + std::to_string(i));
    threads.emplace_back([&, i, destination] {
      tops[i] = extract_sdist(dir / "foo-1.0.tar.gz", destination, errc::invalid_project);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& top : tops) {
    REQUIRE(top);
    CHECK(std::distance(fs::directory_iterator(*top), {}) == 201);
  }
}

TEST_CASE("read_archive lists members and reads the wanted ones") {
  const TempDir dir;
  write_archive(dir / "foo-1.0.tar.gz",
                {{.name = "foo-1.0/", .kind = Kind::directory},
                 {.name = "./foo-1.0/a", .bytes = "aaa"},
                 {.name = "foo-1.0/b", .bytes = "bb"},
                 {.name = "foo-1.0/b", .bytes = "again"},
                 {.name = "foo-1.0/link", .kind = Kind::symbolic_link, .target = "a"}});
  const auto members = read_archive(
      dir / "foo-1.0.tar.gz",
      [](std::string_view name) { return name == "foo-1.0/b"; },
      7,
      errc::bad_artifact);
  REQUIRE(members);
  REQUIRE(members->size() == 5);
  using MemberKind = ArchiveMember::Kind;
  CHECK(members->at(0).name == "foo-1.0");
  CHECK(members->at(0).kind == MemberKind::directory);
  CHECK(members->at(1).name == "foo-1.0/a");
  CHECK(members->at(1).kind == MemberKind::file);
  CHECK(members->at(1).size == 3);
  CHECK(members->at(1).bytes.empty());
  CHECK(members->at(2).bytes == "bb");
  CHECK(members->at(3).bytes == "again");
  CHECK(members->at(4).kind == MemberKind::link);
}

TEST_CASE("N4 read_archive reads no more than it may in all") {
  const TempDir dir;
  const fs::path archive = dir / "foo-1.0.zip";
  write_archive(archive,
                {{.name = "foo-1.0/a", .bytes = "12345"}, {.name = "foo-1.0/b", .bytes = "678"}});
  const auto all = [](std::string_view) { return true; };
  CHECK(read_archive(archive, all, 8, errc::bad_artifact));
  CHECK(!read_archive(archive, all, 7, errc::bad_artifact));
  CHECK(!read_archive(archive, all, 4, errc::bad_artifact));
}

TEST_CASE("read_archive reads to the end and within its limits") {
  const TempDir dir;
  const fs::path archive = dir / "foo-1.0.tar.gz";
  write_archive(archive, {pkg_info, {.name = "foo-1.0/noise", .bytes = noise(100'000)}});
  CHECK(!read_archive(archive, {}, 0, errc::bad_artifact, {.entries = 1}));
  CHECK(!read_archive(archive, {}, 0, errc::bad_artifact, {.bytes = 100'000}));
  CHECK(read_archive(archive, {}, 0, errc::bad_artifact, {.entries = 2, .bytes = 100'010}));
  const std::string whole = dir.read("foo-1.0.tar.gz");
  dir.write("foo-1.0.tar.gz", whole.substr(0, whole.size() - 4000));
  const auto cut = read_archive(archive, {}, 0, errc::bad_artifact);
  REQUIRE(!cut);
  CHECK(cut.error().code == errc::bad_artifact);
}

TEST_CASE("read_member returns one file of the right size or says why not") {
  const TempDir dir;
  const fs::path wheel = dir / "foo-1-py3-none-any.whl";
  write_archive(wheel,
                {{.name = "a", .bytes = "text"},
                 {.name = "twice", .bytes = "1"},
                 {.name = "twice", .bytes = "2"},
                 {.name = "folder", .kind = Kind::directory},
                 {.name = "link", .kind = Kind::symbolic_link, .target = "a"}});
  CHECK(read_member(wheel, "a", mebibyte, errc::bad_artifact) == "text");
  CHECK(read_member(wheel, "a", 4, errc::bad_artifact) == "text");
  for (const std::string name : {"none", "twice", "folder", "link"}) {
    CAPTURE(name);
    const auto bytes = read_member(wheel, name, mebibyte, errc::bad_artifact);
    REQUIRE(!bytes);
    CHECK(bytes.error().code == errc::bad_artifact);
  }
  CHECK(!read_member(wheel, "a", 3, errc::bad_artifact));
}

TEST_CASE("extract_dist_info unpacks that folder of a wheel and nothing else") {
  const TempDir dir;
  const fs::path wheel = dir / "foo-1.0-py3-none-any.whl";
  write_archive(wheel,
                {{.name = "foo.py", .bytes = "x"},
                 {.name = "foo-1.0.dist-info/METADATA", .bytes = "Name: foo\n"},
                 {.name = "foo-1.0.dist-info/licenses/LICENSE", .bytes = "MIT"},
                 {.name = "vendored/bar-1.dist-info/METADATA", .bytes = "Name: bar\n"}});
  const fs::path destination = dir.make_directory("destination");
  const auto dist_info = extract_dist_info(wheel, destination, errc::bad_artifact);
  REQUIRE(dist_info);
  CHECK(*dist_info == destination / "foo-1.0.dist-info");
  CHECK(dir.read("destination/foo-1.0.dist-info/METADATA") == "Name: foo\n");
  CHECK(dir.read("destination/foo-1.0.dist-info/licenses/LICENSE") == "MIT");
  CHECK(std::distance(fs::directory_iterator(destination), {}) == 1);
}

TEST_CASE("extract_dist_info refuses a wheel with no such folder or with several") {
  const TempDir dir;
  const fs::path wheel = dir / "foo-1.0-py3-none-any.whl";
  write_archive(wheel, {{.name = "foo.py", .bytes = "x"}});
  CHECK(!extract_dist_info(wheel, dir.make_directory("a"), errc::bad_artifact));
  write_archive(wheel,
                {{.name = "foo-1.dist-info/METADATA"}, {.name = "bar-1.dist-info/METADATA"}});
  const auto several = extract_dist_info(wheel, dir.make_directory("b"), errc::bad_artifact);
  REQUIRE(!several);
  CHECK(several.error().code == errc::bad_artifact);
}

TEST_SUITE_END();
