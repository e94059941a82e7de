#include "frontend/installed_packages.hpp"

#include "ipc/private_dir.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace axle::frontend;
namespace fs = std::filesystem;

TEST_SUITE_BEGIN("frontend::InstalledPackage");

namespace {

void install(const fs::path& site_packages, const std::string& folder, const std::string& text) {
  fs::create_directories(site_packages / folder);
  REQUIRE(axle::ipc::write_file_atomically(site_packages / folder / "METADATA", text).has_value());
}

}  // namespace

TEST_CASE("Installed packages are told by name, with those that were asked for marked") {
  const axle::test::TempDir folder;
  install(folder.path(),
          "typing_extensions-4.1.dist-info",
          "Metadata-Version: 2.1\nName: typing_extensions\nVersion: 4.1\n\nName: no\n");
  install(folder.path(), "Foo.Bar-1.dist-info", "Name: Foo.Bar\nVersion: 1\n");
  install(folder.path(), "broken-1.dist-info", "Name: broken\n");
  fs::create_directories(folder.path() / "empty-1.dist-info");
  fs::create_directories(folder.path() / "foo");
  const auto packages = installed_packages(folder.path(), std::vector<std::string>{"foo-bar>=1"});
  REQUIRE(packages.size() == 2);
  CHECK(packages[0].name == "Foo.Bar");
  CHECK(packages[0].version == "1");
  CHECK(packages[0].is_direct);
  CHECK(packages[1].name == "typing_extensions");
  CHECK_FALSE(packages[1].is_direct);
}

TEST_CASE("Where there is no folder nothing is installed") {
  CHECK(installed_packages("/nonexistent", {}).empty());
}
