#include "frontend/cache_folder.hpp"

#include "ipc/private_dir.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;

/// The path that a variable holds; empty unless it is absolute.
fs::path absolute_path_in(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && value[0] == '/' ? fs::path(value) : fs::path();
}

/// Whether a folder, which may be a link to one, is this user's own and nobody else's to write to.
/// Its group may: where each user has a group of their own, that is usual.
Result<> check_own(const fs::path& path) {
  const std::string problem = "cannot use " + path.string();
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return fail_errno(errc::io_error, problem, errno);
  if (!S_ISDIR(info.st_mode)) return fail_errno(errc::io_error, problem, ENOTDIR);
  if (info.st_uid != ::geteuid()) {
    return fail(errc::io_error,
                problem + ": it belongs to user " + std::to_string(info.st_uid) + ", not to us");
  }
  const bool others_write = (info.st_mode & S_IWOTH) != 0 && (info.st_mode & S_ISVTX) == 0;
  if (others_write) return fail(errc::io_error, problem + ": everybody can write to it");
  return {};
}

/// The user's folder for caches.
Result<fs::path> users_cache() {
  fs::path cache = absolute_path_in("XDG_CACHE_HOME");
  if (cache.empty()) {
    const fs::path home = absolute_path_in("HOME");
    if (home.empty()) return fail(errc::io_error, "neither XDG_CACHE_HOME nor HOME says where");
    cache = home / ".cache";
  }
  while (!cache.has_filename() && cache.has_relative_path()) cache = cache.parent_path();
  struct stat info{};
  if (::stat(cache.c_str(), &info) != 0 && errno == ENOENT) {
    TRY(check_own(cache.parent_path()));
    TRY(ipc::make_private_folder(cache));
  }
  TRY(check_own(cache));
  return cache;
}

}  // namespace

Result<fs::path> cache_folder(std::string_view name) {
  TRY(fs::path folder, users_cache());
  for (const std::string_view part : {std::string_view("axle"), name}) {
    folder /= part;
    TRY(ipc::make_private_folder(folder));
  }
  return folder;
}

Result<fs::path> folder_of_last_resort() {
  fs::path folder = "/tmp/axle-" + std::to_string(::geteuid());
  TRY(ipc::make_private_folder(folder));
  return folder;
}

}  // namespace axle::frontend
