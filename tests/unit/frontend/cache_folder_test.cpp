#include "frontend/cache_folder.hpp"

#include "tests/support/scoped_variable.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

using namespace axle;
using axle::frontend::cache_folder;
using axle::test::ScopedVariable;
using axle::test::TempDir;

namespace fs = std::filesystem;

TEST_SUITE_BEGIN("frontend::cache_folder");

namespace {

std::string problem() {
  const auto folder = cache_folder("things");
  REQUIRE(!folder);
  CHECK(folder.error().code == errc::io_error);
  return folder.error().message;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

mode_t mode_of(const fs::path& path) {
  struct stat info{};
  REQUIRE(::lstat(path.c_str(), &info) == 0);
  return info.st_mode & 07777U;
}

}  // namespace

TEST_CASE("cache_folder is made for this user alone below XDG_CACHE_HOME") {
  const TempDir dir;
  for (const fs::path& cache : {dir / "cache", dir / "with/"}) {
    fs::create_directories(cache.parent_path());
    const ScopedVariable variable("XDG_CACHE_HOME", cache);
    const mode_t before = ::umask(0077 | S_IWUSR);
    const auto folder = cache_folder("things");
    ::umask(before);
    REQUIRE_MESSAGE(folder, (folder ? "" : folder.error().message));
    CHECK(folder->lexically_normal() == (cache / "axle/things").lexically_normal());
    CHECK(mode_of(*folder) == 0700);
    CHECK(mode_of(cache / "axle") == 0700);
    CHECK(cache_folder("things").value() == *folder);
  }
}

TEST_CASE("cache_folder is below .cache in HOME where XDG_CACHE_HOME is no absolute path (I1)") {
  const TempDir dir;
  const ScopedVariable home("HOME", dir.path());
  for (const auto& value : {std::optional<std::string>(), {""}, {"relative"}}) {
    const ScopedVariable variable("XDG_CACHE_HOME", value);
    CHECK(cache_folder("things").value() == dir / ".cache/axle/things");
  }
}

TEST_CASE("cache_folder is refused where nothing says where it is to be (I1)") {
  const ScopedVariable variable("XDG_CACHE_HOME", std::nullopt);
  for (const auto& value : {std::optional<std::string>(), {""}, {"relative"}}) {
    const ScopedVariable home("HOME", value);
    CHECK(has(problem(), "neither XDG_CACHE_HOME nor HOME"));
  }
  const ScopedVariable home("HOME", "/nonexistent/home");
  CHECK(has(problem(), "/nonexistent/home"));
}

TEST_CASE("cache_folder that others could change is refused (I1)") {
  const TempDir dir;
  const ScopedVariable variable("XDG_CACHE_HOME", dir / "cache");
  const fs::path place = cache_folder("things").value();
  for (const fs::path& folder : {dir / "cache", dir / "cache/axle", place}) {
    REQUIRE(::chmod(folder.c_str(), 0777) == 0);
    CHECK(has(problem(), "can write to it"));
    REQUIRE(::chmod(folder.c_str(), 0700) == 0);
  }
  REQUIRE(cache_folder("things"));

  fs::rename(place, dir / "elsewhere");
  fs::create_directory_symlink(dir / "elsewhere", place);
  CHECK(has(problem(), "symbolic link"));
  fs::remove(place);
  dir.write("cache/axle/things", "in the way");
  CHECK(has(problem(), "not a folder"));
}

TEST_CASE("cache_folder of another user is refused, and is not made in their home (I1)") {
  if (::geteuid() != 0) AXLE_SKIP("only root can give a folder away");
  const TempDir dir;
  fs::create_directory(dir / "home");
  REQUIRE(::chown((dir / "home").c_str(), 65534, 65534) == 0);
  const ScopedVariable variable("XDG_CACHE_HOME", std::nullopt);
  const ScopedVariable home("HOME", dir / "home");
  CHECK(has(problem(), "belongs to user 65534"));
  CHECK(fs::is_empty(dir / "home"));
}

TEST_SUITE_END();
