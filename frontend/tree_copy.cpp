#include "frontend/tree_copy.hpp"

#include "ipc/fd.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> cannot_copy(const fs::path& path, int error) {
  return fail(
      errc::io_error,
      fmt::format("cannot copy {}: {}", path.string(), std::generic_category().message(error)),
      "--no-litter builds in a copy of the source tree, below TMPDIR");
}

/// The times of `status`, for futimens and utimensat.
std::array<timespec, 2> times(const struct stat& status) {
  return {status.st_atim, status.st_mtim};
}

bool is_inside(const fs::path& path, const fs::path& folder) {
  return std::ranges::mismatch(folder, path).in1 == folder.end();
}

class TreeCopier {
 public:
  TreeCopier(fs::path tree, fs::path copy, const Cancellation& cancellation)
      : tree_(std::move(tree)), copy_(std::move(copy)), cancellation_(cancellation) {}

  Result<> copy() {
    TRY(copy_entry(tree_, copy_));
    // What is written into a folder changes its times, so these come last.
    for (const auto& [folder, status] : folders_) {
      (void)::utimensat(AT_FDCWD, folder.c_str(), times(status).data(), 0);
    }
    return {};
  }

 private:
  // NOLINTNEXTLINE(misc-no-recursion): as deep as the tree, whose paths the system bounds.
  Result<> copy_entry(const fs::path& from, const fs::path& to) {
    if (cancellation_.requested()) {
      return std::unexpected(cancellation_.error("copying the source tree"));
    }
    struct stat status = {};
    if (::lstat(from.c_str(), &status) < 0) return passed_by_if_gone(from);
    if (S_ISDIR(status.st_mode)) return copy_folder(from, to, status);
    if (S_ISLNK(status.st_mode)) return copy_link(from, to, status);
    if (S_ISREG(status.st_mode)) return copy_file(from, to, status);
    return {};
  }

  static Result<> passed_by_if_gone(const fs::path& path) {
    if (errno == ENOENT) return {};
    return cannot_copy(path, errno);
  }

  // NOLINTNEXTLINE(misc-no-recursion): see above.
  Result<> copy_folder(const fs::path& from, const fs::path& to, const struct stat& status) {
    if (from != tree_ && from.filename().string().starts_with(".axle-")) return {};
    if (is_inside(copy_, from) && from != tree_ && from == copy_.parent_path()) return {};
    std::error_code error;
    fs::directory_iterator entry(from, error);
    if (error == std::errc::no_such_file_or_directory) return {};
    if (error) return cannot_copy(from, error.value());
    if (::mkdir(to.c_str(), 0700) < 0) return cannot_copy(to, errno);
    for (; entry != fs::directory_iterator(); entry.increment(error)) {
      TRY(copy_entry(entry->path(), to / entry->path().filename()));
    }
    if (error) return cannot_copy(from, error.value());
    if (::chmod(to.c_str(), (status.st_mode & 0777U) | 0700U) < 0) return cannot_copy(to, errno);
    folders_.emplace_back(to, status);
    return {};
  }

  Result<> copy_link(const fs::path& from, const fs::path& to, const struct stat& status) {
    std::error_code error;
    fs::path target = fs::read_symlink(from, error);
    if (error == std::errc::no_such_file_or_directory) return {};
    if (error) return cannot_copy(from, error.value());
    const fs::path place = (from.parent_path() / target).lexically_normal();
    if (target.is_absolute() && is_inside(place, tree_)) {
      target = copy_ / place.lexically_relative(tree_);
    } else if (target.is_relative() && !is_inside(place, tree_)) {
      target = place;
    }
    if (::symlink(target.c_str(), to.c_str()) < 0) return cannot_copy(to, errno);
    (void)::utimensat(AT_FDCWD, to.c_str(), times(status).data(), AT_SYMLINK_NOFOLLOW);
    return {};
  }

  Result<> copy_file(const fs::path& from, const fs::path& to, const struct stat& status) {
    const ipc::UniqueFd in(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!in) return passed_by_if_gone(from);
    const ipc::UniqueFd out(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!out) return cannot_copy(to, errno);
    if (::ioctl(out.number(), FICLONE, in.number()) < 0) {
      TRY(copy_bytes(in.number(), out.number(), from));
    }
    if (::fchmod(out.number(), (status.st_mode & 0777U) | 0600U) < 0 ||
        ::futimens(out.number(), times(status).data()) < 0) {
      return cannot_copy(to, errno);
    }
    return {};
  }

  Result<> copy_bytes(int in, int out, const fs::path& from) {
    constexpr std::size_t at_once = std::size_t{1} << 30;
    ssize_t count = 0;
    bool any = false;
    while ((count = ::copy_file_range(in, nullptr, out, nullptr, at_once, 0)) > 0) any = true;
    // Nothing at all may also mean a file of /proc's kind: it is read.
    if (count == 0 && any) return {};
    if (count < 0 && errno == ENOSPC) return cannot_copy(from, errno);
    buffer_.resize(std::size_t{256} * 1024);
    for (;;) {
      count = ::read(in, buffer_.data(), buffer_.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return cannot_copy(from, errno);
      if (count == 0) return {};
      for (ssize_t done = 0; done < count;) {
        const ssize_t written =
            ::write(out, buffer_.data() + done, static_cast<std::size_t>(count - done));
        if (written < 0 && errno != EINTR) return cannot_copy(from, errno);
        if (written > 0) done += written;
      }
    }
  }

  const fs::path tree_;
  const fs::path copy_;
  const Cancellation& cancellation_;
  std::vector<std::pair<fs::path, struct stat>> folders_;  // the deepest first
  std::string buffer_;
};

}  // namespace

Result<> copy_tree(const fs::path& tree, const fs::path& copy, const Cancellation& cancellation) {
  return TreeCopier(tree, copy, cancellation).copy();
}

}  // namespace axle::frontend
