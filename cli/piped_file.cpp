#include "cli/piped_file.hpp"

#include "ipc/private_dir.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace axle::cli {
namespace {

namespace fs = std::filesystem;

struct Copies {
  std::mutex mutex;  // guards everything below
  std::optional<ipc::PrivateDir> folder;
  std::map<fs::path, fs::path> of;
};

}  // namespace

bool is_piped(const fs::path& file) {
  const std::string name = file.string();
  if (!name.starts_with("/dev/") && !name.starts_with("/proc/self/fd/")) return false;
  std::error_code error;
  return fs::is_fifo(file, error);
}

Result<fs::path> copy_of_piped(const fs::path& file) {
  static Copies copies;
  const std::lock_guard lock(copies.mutex);
  if (const auto made = copies.of.find(file); made != copies.of.end()) return made->second;
  std::ifstream pipe(file, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(pipe), std::istreambuf_iterator<char>()};
  if (!pipe.is_open() || pipe.bad()) {
    return fail(errc::usage, fmt::format("cannot read {}", file.string()));
  }
  if (!copies.folder) {
    TRY(auto folder, ipc::PrivateDir::create(ipc::temporary_directory(), "axle-piped-"));
    copies.folder = std::move(folder);
  }
  const fs::path copy =
      copies.folder->path() / fmt::format("{}-{}", copies.of.size(), file.filename().string());
  TRY(ipc::write_file_atomically(copy, content));
  copies.of.emplace(file, copy);
  return copy;
}

}  // namespace axle::cli
