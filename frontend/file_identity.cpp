#include "frontend/file_identity.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>

namespace axle::frontend {
namespace {

std::string identity(const std::filesystem::path& path, int flags) {
  struct stat info{};
  if (::fstatat(AT_FDCWD, path.c_str(), &info, flags) != 0) return "none";
  return fmt::format("{:x}:{:x}:{:x}:{:x}.{:x}:{:x}.{:x}",
                     info.st_dev,
                     info.st_ino,
                     info.st_size,
                     info.st_mtim.tv_sec,
                     info.st_mtim.tv_nsec,
                     info.st_ctim.tv_sec,
                     info.st_ctim.tv_nsec);
}

}  // namespace

std::string file_identity(const std::filesystem::path& path) {
  return identity(path, 0);
}

std::string file_stamp(const std::filesystem::path& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return "none";
  // A folder has a size of its file system's liking.
  const auto size = S_ISDIR(info.st_mode) ? 0 : info.st_size;
  return fmt::format("{:x}:{:x}.{:x}", size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

std::string link_identity(const std::filesystem::path& path) {
  return identity(path, AT_SYMLINK_NOFOLLOW);
}

}  // namespace axle::frontend
