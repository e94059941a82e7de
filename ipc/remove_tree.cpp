#include "ipc/remove_tree.hpp"

#include "ipc/fd.hpp"
#include "ipc/private_dir.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <dirent.h>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace axle::ipc {
namespace {

constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/// Which folder it is, whatever it is called.
struct Identity {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const Identity&) const = default;
};

std::optional<Identity> identity_of(int fd) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return std::nullopt;
  return Identity{.device = info.st_dev, .inode = info.st_ino};
}

/// A folder on the way from the root of the tree to where we are.
struct Level {
  std::string name;
  Identity identity;                 // of others than the root
  std::vector<std::string> folders;  // still to be removed
};

/// Removes a tree with one descriptor and without recursion, so that no depth is too deep: it
/// comes back up by "..", and gives up if that leads to another folder than it came from.
class Remover {
 public:
  /// `root` is an open folder and must outlive it.
  explicit Remover(int root) : root_(root) {}

  /// Removes a folder in the root.
  bool remove(std::string name) {
    levels_.push_back({.name = "", .identity = {}, .folders = {std::move(name)}});
    return remove_folders();
  }

  /// Removes all that is in the root.
  bool empty() {
    struct stat info{};
    if (::fstat(root_, &info) != 0) return false;
    if ((info.st_mode & S_IRWXU) != S_IRWXU) ::fchmod(root_, S_IRWXU);
    device_ = info.st_dev;
    levels_.push_back({.name = "", .identity = {}, .folders = {}});
    remove_files();
    return remove_folders();
  }

 private:
  [[nodiscard]] int here() const { return below_ ? below_.number() : root_; }

  bool remove_folders() {
    for (;;) {
      if (!levels_.back().folders.empty()) {
        std::string inner = std::move(levels_.back().folders.back());
        levels_.back().folders.pop_back();
        descend(std::move(inner));
      } else if (levels_.size() == 1) {
        return complete_;
      } else if (!ascend()) {
        return false;
      }
    }
  }

  void descend(std::string name) {
    UniqueFd folder(open_inside(name.c_str()));
    if (!folder && errno == EACCES &&
        ::fchmodat(here(), name.c_str(), S_IRWXU, AT_SYMLINK_NOFOLLOW) == 0) {
      folder.reset(open_inside(name.c_str()));
    }
    struct stat info{};
    if (!folder || ::fstat(folder.number(), &info) != 0 || !on_our_file_system(info.st_dev)) {
      complete_ = ::unlinkat(here(), name.c_str(), AT_REMOVEDIR) == 0 && complete_;
      return;
    }
    if ((info.st_mode & S_IRWXU) != S_IRWXU) ::fchmod(folder.number(), S_IRWXU);
    below_ = std::move(folder);
    levels_.push_back({.name = std::move(name),
                       .identity = {.device = info.st_dev, .inode = info.st_ino},
                       .folders = {}});
    remove_files();
  }

  /// Goes to the folder above and removes the one that we come from.
  bool ascend() {
    UniqueFd above;
    if (levels_.size() > 2) {
      above.reset(::openat(here(), "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
      if (!above || identity_of(above.number()) != levels_.end()[-2].identity) return false;
    }
    below_ = std::move(above);
    const std::string name = std::move(levels_.back().name);
    levels_.pop_back();
    complete_ = ::unlinkat(here(), name.c_str(), AT_REMOVEDIR) == 0 && complete_;
    return true;
  }

  /// Opens a folder of this one, but neither through a link nor across a mount point.
  int open_inside(const char* name) {
    open_how how{};
    how.flags = static_cast<unsigned>(folder_flags);
    how.resolve = RESOLVE_NO_XDEV;
    const long fd = ::syscall(SYS_openat2, here(), name, &how, sizeof how);
    const bool refused = fd < 0 && (errno == ENOSYS || errno == EPERM);
    return refused ? ::openat(here(), name, folder_flags) : static_cast<int>(fd);
  }

  bool on_our_file_system(dev_t device) {
    if (!device_) device_ = device;
    return device_ == device;
  }

  /// Removes what is not a folder from this one, and notes what is.
  void remove_files() {
    for (auto& [name, type] : entries()) {
      if (type == DT_DIR) {
        levels_.back().folders.push_back(std::move(name));
      } else if (::unlinkat(here(), name.c_str(), 0) != 0) {
        if (errno == EISDIR) {
          levels_.back().folders.push_back(std::move(name));
        } else if (errno != ENOENT) {
          complete_ = false;
        }
      }
    }
  }

  // With the descriptor that is there: where no other can be had, files can still be removed.
  std::vector<std::pair<std::string, unsigned char>> entries() {
    std::vector<std::pair<std::string, unsigned char>> result;
    alignas(dirent64) std::array<char, 32768> buffer;
    ssize_t count = ::lseek(here(), 0, SEEK_SET);
    while (count >= 0 && (count = ::getdents64(here(), buffer.data(), buffer.size())) > 0) {
      for (ssize_t at = 0; at < count;) {
        const auto* entry =
            reinterpret_cast<const dirent64*>(&buffer[static_cast<std::size_t>(at)]);
        std::string name = entry->d_name;
        if (name != "." && name != "..") result.emplace_back(std::move(name), entry->d_type);
        at += entry->d_reclen;
      }
    }
    if (count < 0) complete_ = false;
    return result;
  }

  const int root_;
  UniqueFd below_;  // the folder where we are, unless that is the root
  std::vector<Level> levels_;
  std::optional<dev_t> device_;
  bool complete_ = true;
};

bool remove_at(std::filesystem::path path) {
  if (!path.has_filename()) path = path.parent_path();
  const std::string name = path.filename();
  if (name.empty() || name == "." || name == ".." || path.native().contains('\0')) return false;
  const auto above = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const UniqueFd parent(::open(above.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct stat info{};
  if (!parent || ::fstatat(parent.number(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT;
  }
  if (!S_ISDIR(info.st_mode)) return ::unlinkat(parent.number(), name.c_str(), 0) == 0;
  return Remover(parent.number()).remove(name);
}

}  // namespace

bool remove_tree(const std::filesystem::path& path) noexcept {
  try {
    return remove_at(path);
  } catch (const std::bad_alloc&) {
    return false;
  }
}

bool remove_content(int folder) noexcept {
  try {
    return Remover(folder).empty();
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace axle::ipc
