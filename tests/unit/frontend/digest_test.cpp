#include "frontend/digest.hpp"

#include "ipc/private_dir.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>

using namespace axle::frontend;

TEST_SUITE_BEGIN("frontend::Digest");

TEST_CASE("The SHA-256 of a file is that of its bytes, however many") {
  const axle::test::TempDir folder;
  const auto file = folder.path() / "file";
  REQUIRE(axle::ipc::write_file_atomically(file, "abc").has_value());
  CHECK(sha256_of_file(file).value() ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  REQUIRE(
      axle::ipc::write_file_atomically(file, std::string(std::size_t{1'000'000}, 'a')).has_value());
  CHECK(sha256_of_file(file).value() ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("The SHA-256 of a file that cannot be read is an error") {
  CHECK(sha256_of_file("/nonexistent").error().code == axle::errc::io_error);
  CHECK(sha256_of_file("/tmp").error().code == axle::errc::io_error);
}
