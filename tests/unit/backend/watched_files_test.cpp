#include "backend/watched_files.hpp"

#include "ipc/json.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <variant>

using axle::backend::WatchedFiles;
using axle::test::TempDir;
namespace fs = std::filesystem;
namespace json = axle::ipc::json;

TEST_SUITE_BEGIN("backend::WatchedFiles");

namespace {

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path) << text;
}

std::string entry(const fs::path& path) {
  struct stat found{};
  REQUIRE(stat(path.c_str(), &found) == 0);
  return fmt::format("[\"{}\", {}, {}, {}, {}]",
                     path.native(),
                     found.st_mtim.tv_sec,
                     found.st_mtim.tv_nsec,
                     found.st_size,
                     found.st_ino);
}

WatchedFiles watching(const std::string& files) {
  const auto value = json::parse(fmt::format("{{\"files\": {}}}", files), 10);
  REQUIRE(value);
  WatchedFiles watched;
  watched.learn(std::get<json::Object>(value->data));
  return watched;
}

}  // namespace

TEST_CASE("WatchedFiles sees what becomes of a file") {
  const TempDir folder;
  const fs::path path = folder.path() / "module.py";
  write(path, "value = 1\n");
  const auto before = fs::last_write_time(path);
  const auto watched = watching("[" + entry(path) + "]");
  CHECK_FALSE(watched.may_have_changed());
  SUBCASE("another size at the same time") {
    write(path, "value = 12\n");
    fs::last_write_time(path, before);
    CHECK(watched.may_have_changed());
  }
  SUBCASE("a time that no count of nanoseconds reaches") {
    timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                         {.tv_sec = 13'000'000'000, .tv_nsec = 0}};
    if (utimensat(AT_FDCWD, path.c_str(), times, 0) == 0) CHECK(watched.may_have_changed());
  }
  SUBCASE("another time") {
    fs::last_write_time(path, before + std::chrono::nanoseconds(1));
    CHECK(watched.may_have_changed());
  }
  SUBCASE("another file of the same size and time") {
    write(folder.path() / "new", "value = 2\n");
    fs::last_write_time(folder.path() / "new", before);
    fs::rename(folder.path() / "new", path);
    CHECK(watched.may_have_changed());
  }
  SUBCASE("none") {
    fs::remove(path);
    CHECK(watched.may_have_changed());
  }
}

TEST_CASE("WatchedFiles sees a file that was not there") {
  const TempDir folder;
  const fs::path path = folder.path() / "new.pth";
  const auto watched = watching(fmt::format("[[\"{}\"]]", path.native()));
  CHECK_FALSE(watched.may_have_changed());
  write(path, "");
  CHECK(watched.may_have_changed());
}

TEST_CASE("WatchedFiles trusts nothing where it was told nothing, or what it does not know") {
  CHECK(WatchedFiles{}.may_have_changed());
  CHECK_FALSE(watching("[]").may_have_changed());
  for (const char* files :
       {"null", "[\"/\"]", "[[]]", "[[1]]", "[[\"/\", 1, 2]]", "[[\"/\", 1, 2, 3, \"4\"]]"}) {
    CAPTURE(files);
    CHECK(watching(files).may_have_changed());
  }
}

TEST_SUITE_END();
