#include "ipc/private_dir.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <dirent.h>
#include <memory>
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
  Identity identity;
  std::vector<std::string> folders;  // still to be removed
};

/// Removes a tree with one descriptor and without recursion, so that no depth is too deep: it
/// comes back up by "..", and gives up if that leads to another folder than it came from.
class Remover {
 public:
  bool remove(UniqueFd parent, std::string name) {
    const auto identity = identity_of(parent.number());
    if (!identity) return false;
    here_ = std::move(parent);
    levels_.push_back({"", *identity, {std::move(name)}});
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

 private:
  void descend(std::string name) {
    UniqueFd folder(open_inside(name.c_str()));
    if (!folder && errno == EACCES &&
        ::fchmodat(here_.number(), name.c_str(), S_IRWXU, AT_SYMLINK_NOFOLLOW) == 0) {
      folder.reset(open_inside(name.c_str()));
    }
    struct stat info{};
    if (!folder || ::fstat(folder.number(), &info) != 0 || !on_our_file_system(info.st_dev)) {
      complete_ = ::unlinkat(here_.number(), name.c_str(), AT_REMOVEDIR) == 0 && complete_;
      return;
    }
    if ((info.st_mode & S_IRWXU) != S_IRWXU) ::fchmod(folder.number(), S_IRWXU);
    here_ = std::move(folder);
    levels_.push_back({.name = std::move(name),
                       .identity = {.device = info.st_dev, .inode = info.st_ino},
                       .folders = {}});
    remove_files();
  }

  /// Goes to the folder above and removes the one that we come from.
  bool ascend() {
    UniqueFd above(::openat(here_.number(), "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!above || identity_of(above.number()) != levels_.end()[-2].identity) return false;
    here_ = std::move(above);
    const std::string name = std::move(levels_.back().name);
    levels_.pop_back();
    complete_ = ::unlinkat(here_.number(), name.c_str(), AT_REMOVEDIR) == 0 && complete_;
    return true;
  }

  /// Opens a folder of this one, but neither through a link nor across a mount point.
  int open_inside(const char* name) {
    open_how how{};
    how.flags = static_cast<unsigned>(folder_flags);
    how.resolve = RESOLVE_NO_XDEV;
    const long fd = ::syscall(SYS_openat2, here_.number(), name, &how, sizeof how);
    const bool refused = fd < 0 && (errno == ENOSYS || errno == EPERM);
    return refused ? ::openat(here_.number(), name, folder_flags) : static_cast<int>(fd);
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
      } else if (::unlinkat(here_.number(), name.c_str(), 0) != 0) {
        if (errno == EISDIR) {
          levels_.back().folders.push_back(std::move(name));
        } else if (errno != ENOENT) {
          complete_ = false;
        }
      }
    }
  }

  std::vector<std::pair<std::string, unsigned char>> entries() {
    std::vector<std::pair<std::string, unsigned char>> result;
    UniqueFd fd(::fcntl(here_.number(), F_DUPFD_CLOEXEC, 0));
    struct Close {
      void operator()(DIR* stream) const { ::closedir(stream); }
    };
    const std::unique_ptr<DIR, Close> stream(fd ? ::fdopendir(fd.number()) : nullptr);
    if (!stream) {
      complete_ = false;
      return result;
    }
    static_cast<void>(fd.release());  // the stream closes it
    while (const dirent* entry = ::readdir(stream.get())) {
      std::string name = entry->d_name;
      if (name != "." && name != "..") result.emplace_back(std::move(name), entry->d_type);
    }
    return result;
  }

  UniqueFd here_;
  std::vector<Level> levels_;
  std::optional<dev_t> device_;
  bool complete_ = true;
};

bool remove_at(std::filesystem::path path) {
  if (!path.has_filename()) path = path.parent_path();
  const std::string name = path.filename();
  if (name.empty() || name == "." || name == ".." || path.native().contains('\0')) return false;
  const auto above = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  UniqueFd parent(::open(above.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct stat info{};
  if (!parent || ::fstatat(parent.number(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT;
  }
  if (!S_ISDIR(info.st_mode)) return ::unlinkat(parent.number(), name.c_str(), 0) == 0;
  return Remover().remove(std::move(parent), name);
}

}  // namespace

bool remove_tree(const std::filesystem::path& path) noexcept {
  try {
    return remove_at(path);
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace axle::ipc
