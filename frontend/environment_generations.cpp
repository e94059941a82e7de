#include "frontend/environment_generations.hpp"

#include "ipc/private_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;
using ipc::UniqueFd;

/// A generation is called after the second in which it was made; 0: that is no generation.
std::uint64_t number_of(const fs::path& folder) {
  const std::string name = folder.filename();
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc() && end == name.data() + name.size() ? number : 0;
}

UniqueFd open_record(const fs::path& folder, int access) {
  const fs::path path = folder / record_name;
  return UniqueFd(::open(path.c_str(), access | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
}

enum class Locked { yes, no, impossible };

Locked lock(const UniqueFd& file, int operation) {
  while (::flock(file.number(), operation | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return Locked::no;
    if (errno != EINTR) return Locked::impossible;
  }
  return Locked::yes;
}

/// Whether the record that is open is still that of the folder.
bool is_in_place(const UniqueFd& file, const fs::path& folder) {
  struct stat ours{};
  struct stat named{};
  const fs::path path = folder / record_name;
  return ::fstat(file.number(), &ours) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

/// The record of a folder that nobody uses, locked against all; nothing if somebody does, or if
/// nobody can know.
UniqueFd claim(const fs::path& folder) {
  UniqueFd file = open_record(folder, O_RDWR);
  if (file && lock(file, LOCK_EX) != Locked::yes) file.reset();
  return file;
}

}  // namespace

std::vector<fs::path> generations(const fs::path& shelf) {
  std::vector<std::pair<std::uint64_t, fs::path>> found;
  std::error_code error;
  for (fs::directory_iterator entry(shelf, error), end; !error && entry != end;
       entry.increment(error)) {
    if (const auto number = number_of(entry->path()); number > 0) {
      found.emplace_back(number, entry->path());
    }
  }
  std::ranges::sort(found, std::greater());
  std::vector<fs::path> folders;
  for (auto& [number, folder] : found) folders.push_back(std::move(folder));
  return folders;
}

std::optional<Generation> newest_generation(const fs::path& shelf) {
  for (fs::path& folder : generations(shelf)) {
    UniqueFd file = open_record(folder, O_RDONLY);
    if (!file) continue;
    // Where nothing can be locked, nothing is removed either.
    if (lock(file, LOCK_SH) == Locked::no || !is_in_place(file, folder)) return std::nullopt;
    ::futimens(file.number(), nullptr);  // a cache may be on a file system that is read-only
    auto record = read_record(folder);
    return Generation{
        .folder = std::move(folder), .record = std::move(record), .use = std::move(file)};
  }
  return std::nullopt;
}

fs::path next_generation(const fs::path& shelf) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  auto number =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
  const auto others = generations(shelf);
  if (!others.empty()) number = std::max(number, number_of(others.front()) + 1);
  return shelf / std::to_string(number);
}

bool is_whole(const fs::path& folder) {
  return static_cast<bool>(open_record(folder, O_RDONLY));
}

SystemTime last_use(const fs::path& folder) {
  struct stat info{};
  const fs::path path = folder / record_name;
  if (::lstat(path.c_str(), &info) != 0) return {};
  return SystemTime(std::chrono::seconds(info.st_mtim.tv_sec) +
                    std::chrono::milliseconds(info.st_mtim.tv_nsec / 1'000'000));
}

bool is_in_use(const fs::path& folder) {
  return is_whole(folder) && !claim(folder);
}

bool remove_generation(const fs::path& folder) {
  if (is_whole(folder)) {
    const UniqueFd claimed = claim(folder);
    if (!claimed || ::unlink((folder / record_name).c_str()) != 0) return false;
  }
  return ipc::remove_tree(folder);
}

}  // namespace axle::frontend
