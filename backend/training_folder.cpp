#include "backend/training_folder.hpp"

#include "ipc/private_dir.hpp"

#include <fmt/format.h>

#include <sys/random.h>

#include <cstdint>
#include <string_view>

namespace axle::backend {
namespace {

constexpr std::string_view prefix = "axle-training-";

}  // namespace

std::filesystem::path choose_training_folder() {
  std::uint64_t random = 0;
  if (::getrandom(&random, sizeof random, 0) != sizeof random) return {};
  return ipc::temporary_directory() / fmt::format("{}{:016x}", prefix, random);
}

void remove_training_folder(const std::filesystem::path& folder) noexcept {
  if (folder.empty()) return;
  ipc::remove_tree(folder);
  // It is made anew for each training, which takes much less time than makes it count as abandoned.
  ipc::remove_abandoned(folder.parent_path(), prefix);
}

}  // namespace axle::backend
