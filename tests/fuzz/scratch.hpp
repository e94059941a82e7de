// A folder of a harness's own, which is gone with the process.
#pragma once

#include "ipc/private_dir.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <filesystem>
#include <utility>

namespace axle::fuzz {

class Scratch {
 public:
  Scratch() : dir_(make()) {}
  /// Absolute, without symbolic links in it.
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return dir_.path(); }

 private:
  static ipc::PrivateDir make() {
    auto dir = ipc::PrivateDir::create(std::filesystem::canonical(ipc::temporary_directory()),
                                       "axle-fuzz-");
    hold(dir.has_value(), "there is a place for temporary files");
    return *std::move(dir);
  }

  ipc::PrivateDir dir_;
};

}  // namespace axle::fuzz
