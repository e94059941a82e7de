#include "ipc/private_dir.hpp"

#include "ipc/remove_tree.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <string>
#include <utility>

namespace axle::ipc {
namespace {

constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr std::size_t random_digits =
    16;  // so many that no name of somebody else's looks like ours

bool has_nul(const std::filesystem::path& path) {
  return path.native().contains('\0');
}

/// Whether `create` gives such names.
bool is_ours(std::string_view name, std::string_view prefix) {
  return name.size() == prefix.size() + random_digits && name.starts_with(prefix) &&
         name.substr(prefix.size()).find_first_not_of("0123456789abcdef") == name.npos;
}

std::vector<std::filesystem::path> unremovable;
std::mutex unremovable_mutex;

/// A file under a temporary name, gone again unless it gets its real one.
class TemporaryFile {
 public:
  /// `folder` must outlive it.
  explicit TemporaryFile(int folder) : folder_(folder) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!name_.empty()) ::unlinkat(folder_, name_.c_str(), 0);
  }

  // Each returns whether it went well, and leaves the reason in errno.
  bool create(mode_t mode) {
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    do {
      std::uint64_t random = 0;
      if (::getrandom(&random, sizeof random, 0) != sizeof random) return false;
      std::string name = ".axle-" + std::to_string(random);
      fd_.reset(::openat(folder_, name.c_str(), flags, S_IRUSR | S_IWUSR));
      if (fd_) name_ = std::move(name);
    } while (!fd_ && errno == EEXIST);
    // The umask is somebody else's business. A file system without modes refuses.
    return fd_ && (::fchmod(fd_.number(), mode) == 0 || errno == EPERM || errno == ENOTSUP);
  }

  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_.number(), bytes.data(), bytes.size());
      if (written < 0 && errno != EINTR) return false;
      if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }

  bool rename_to(const char* name) {
    // Some file systems tell only here that the disk is full.
    if (::close(fd_.release()) != 0 && errno != EINTR) return false;
    if (::renameat(folder_, name_.c_str(), folder_, name) != 0) return false;
    name_.clear();
    return true;
  }

 private:
  int folder_;
  std::string name_;
  UniqueFd fd_;
};

}  // namespace

Result<PrivateDir> PrivateDir::create(const std::filesystem::path& parent,
                                      std::string_view prefix) {
  const std::string problem = "cannot make a private folder in " + parent.string();
  std::error_code error;
  const auto absolute = std::filesystem::absolute(parent, error);
  if (error || has_nul(parent)) return fail_errno(errc::io_error, problem, EINVAL);
  remove_abandoned(absolute, prefix);
  std::string name;
  int made = -1;
  do {
    std::uint64_t random = 0;
    if (::getrandom(&random, sizeof random, 0) != sizeof random) break;
    std::array<char, random_digits + 1> digits{};
    std::snprintf(digits.data(), digits.size(), "%016" PRIx64, random);
    name = (absolute / prefix).native() + digits.data();
    made = ::mkdir(name.c_str(), S_IRWXU);
  } while (made != 0 && errno == EEXIST);
  if (made != 0) return fail_errno(errc::io_error, problem, errno);
  PrivateDir dir(name);
  // The umask has taken its share of 0700.
  if (::chmod(name.c_str(), S_IRWXU) != 0) return fail_errno(errc::io_error, problem, errno);
  dir.lock_.reset(::open(name.c_str(), folder_flags));
  if (!dir.lock_) return fail_errno(errc::io_error, problem, errno);
  // Where nothing can be locked, nothing counts as abandoned either.
  ::flock(dir.lock_.number(), LOCK_EX | LOCK_NB);
  return dir;
}

PrivateDir::PrivateDir(PrivateDir&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)), stays_(other.stays_) {}

PrivateDir& PrivateDir::operator=(PrivateDir&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::exchange(other.path_, {});
    lock_ = std::move(other.lock_);
    stays_ = other.stays_;
  }
  return *this;
}

PrivateDir::~PrivateDir() {
  remove();
}

void PrivateDir::remove() noexcept {
  if (path_.empty() || stays_) return;
  // Through the descriptor that is there, as there may be no more of them.
  if (lock_) remove_content(lock_.number());
  if (::rmdir(path_.c_str()) == 0 || remove_tree(path_)) return;
  try {
    const std::scoped_lock lock(unremovable_mutex);
    unremovable.push_back(path_);
  } catch (const std::exception&) {
    // Out of memory: nobody learns of it.
  }
}

std::vector<std::filesystem::path> take_unremovable() {
  const std::scoped_lock lock(unremovable_mutex);
  return std::exchange(unremovable, {});
}

void PrivateDir::stay() noexcept {
  stays_ = true;
  ::chmod(path_.c_str(), S_IRWXU | S_ISVTX);
}

void remove_abandoned(const std::filesystem::path& parent, std::string_view prefix) noexcept try {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(parent, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().native();
    if (!is_ours(name, prefix)) continue;
    const UniqueFd folder(::open(entry->path().c_str(), folder_flags));
    struct stat info{};
    if (!folder || ::fstat(folder.number(), &info) != 0) continue;
    const auto touched = std::chrono::system_clock::from_time_t(info.st_mtime);
    if (info.st_uid != ::geteuid() || (info.st_mode & ~S_IFMT) != S_IRWXU) continue;
    if (touched + abandoned_after > std::chrono::system_clock::now()) continue;
    if (::flock(folder.number(), LOCK_EX | LOCK_NB) == 0) remove_tree(entry->path());
  }
} catch (const std::exception&) {
  // Out of memory: another time.
}

std::filesystem::path temporary_directory() {
  const char* wished = std::getenv("TMPDIR");
  if (wished == nullptr || wished[0] != '/') return "/tmp";
  struct stat info{};
  const bool folder = ::stat(wished, &info) == 0 && S_ISDIR(info.st_mode);
  const bool writable = ::faccessat(AT_FDCWD, wished, W_OK | X_OK, AT_EACCESS) == 0;
  return folder && writable ? wished : "/tmp";
}

namespace {

/// Of the folder `path`, which is as `info` says.
Result<> check_private(const std::filesystem::path& path, const struct stat& info) {
  std::string problem;
  if (S_ISLNK(info.st_mode)) {
    problem = "it is a symbolic link";
  } else if (!S_ISDIR(info.st_mode)) {
    problem = "it is not a folder";
  } else if (info.st_uid != ::geteuid()) {
    problem = "it belongs to user " + std::to_string(info.st_uid);
  } else if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    problem = "others can write to it";
  } else {
    return {};
  }
  return fail(errc::io_error, "cannot trust " + path.string() + ": " + problem);
}

}  // namespace

Result<> check_private(const std::filesystem::path& path) {
  struct stat info{};
  if (has_nul(path) || ::lstat(path.c_str(), &info) != 0) {
    return fail_errno(
        errc::io_error, "cannot use " + path.string(), has_nul(path) ? EINVAL : errno);
  }
  return check_private(path, info);
}

Result<> make_private_folder(const std::filesystem::path& path) {
  struct stat info{};
  if (has_nul(path) || ::lstat(path.c_str(), &info) != 0) {
    if (::mkdir(path.c_str(), S_IRWXU) == 0) {
      ::chmod(path.c_str(), S_IRWXU);  // the umask has taken its share
    } else if (errno != EEXIST) {
      return fail_errno(errc::io_error, "cannot make " + path.string(), errno);
    }
    return check_private(path);
  }
  return check_private(path, info);
}

Result<> write_file_atomically(const std::filesystem::path& path,
                               std::string_view bytes,
                               unsigned mode) {
  const std::string problem = "cannot write " + path.string();
  const auto name = path.filename().native();
  if (name.empty() || name == "." || name == ".." || has_nul(path)) {
    return fail_errno(errc::io_error, problem, EINVAL);
  }
  const auto parent = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const UniqueFd folder(::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return fail_errno(errc::io_error, problem, errno);

  struct stat info{};
  if (::fstatat(folder.number(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) {
    if (!S_ISREG(info.st_mode)) {
      return fail(errc::io_error, problem + ": what is there is not a regular file");
    }
  } else if (errno != ENOENT) {
    return fail_errno(errc::io_error, problem, errno);
  }

  TemporaryFile file(folder.number());
  if (!file.create(mode) || !file.write(bytes) || !file.rename_to(name.c_str())) {
    return fail_errno(errc::io_error, problem, errno);
  }
  return {};
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t most) {
  const std::string problem = "cannot read " + path.string();
  if (has_nul(path)) return fail_errno(errc::io_error, problem, EINVAL);
  constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  const UniqueFd fd(::open(path.c_str(), flags));
  if (!fd && errno == ELOOP) return fail(errc::io_error, problem + ": it is a symbolic link");
  struct stat info{};
  if (!fd || ::fstat(fd.number(), &info) != 0) return fail_errno(errc::io_error, problem, errno);
  if (!S_ISREG(info.st_mode)) return fail(errc::io_error, problem + ": it is not a regular file");

  std::string text;
  std::array<char, 65536> buffer;
  while (text.size() <= most) {
    const ssize_t count = ::read(fd.number(), buffer.data(), buffer.size());
    if (count == 0) return text;
    if (count < 0 && errno != EINTR) return fail_errno(errc::io_error, problem, errno);
    if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return fail(errc::io_error, problem + ": it is longer than " + std::to_string(most) + " bytes");
}

}  // namespace axle::ipc
