#include "frontend/text_file.hpp"

#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

using axle::errc;
using axle::frontend::read_text_file;
namespace fs = std::filesystem;

TEST_SUITE_BEGIN("frontend::read_text_file");

TEST_CASE("A text file is read, through links too") {
  const axle::test::TempDir dir;
  const fs::path file = dir.write("a.toml", "x = 1\n");
  fs::create_symlink("a.toml", dir / "link.toml");
  CHECK(read_text_file(file).value() == "x = 1\n");
  CHECK(read_text_file(dir / "link.toml").value() == "x = 1\n");
}

TEST_CASE("No text file is nothing, and no error") {
  const axle::test::TempDir dir;
  const fs::path file = dir.write("a.toml", "");
  CHECK(!read_text_file(dir / "b.toml").value());
  CHECK(!read_text_file(file / "b.toml").value());
}

TEST_CASE("A text file that cannot be read is told by the name that people know") {
  const axle::test::TempDir dir;
  fs::create_directory(dir / "folder");
  fs::create_symlink("nowhere", dir / "dangling");
  dir.write("long", std::string((std::size_t{4} << 20) + 1, 'x'));
  for (const char* name : {"folder", "dangling", "long"}) {
    const auto text = read_text_file(dir / name, "shown/file");
    REQUIRE(!text);
    CHECK(text.error().code == errc::invalid_project);
    CHECK(text.error().message.contains("shown/file"));
  }
}

TEST_SUITE_END();
