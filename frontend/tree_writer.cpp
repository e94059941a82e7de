#include "frontend/tree_writer.hpp"

#include "frontend/utf8.hpp"

#include <climits>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ranges>

namespace axle::frontend {
namespace {

constexpr std::string_view two_things = "is a folder and something else at once";
constexpr int enter_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

std::array<timespec, 2> times(const timespec& modified) {
  return {timespec{.tv_sec = 0, .tv_nsec = UTIME_NOW}, modified};
}

/// The target of a link at `link`, without steps that it takes back; nothing if it leaves the root.
///
/// "a/../b" becomes "b": with a link for `a`, the system would go up from elsewhere than the words
/// say. What is left goes up first, through real folders, and then only down; as every link in the
/// tree is such a one, all of them stay inside.
std::optional<std::string> contained_target(const MemberPath& link, std::string_view target) {
  if (target.empty() || target.starts_with('/')) return std::nullopt;
  std::size_t depth = link.size() - 1;
  MemberPath down;
  std::size_t up = 0;
  for (const auto part : std::views::split(target, '/')) {
    const std::string_view name(part.begin(), part.end());
    if (name.empty() || name == ".") continue;
    if (name != "..") {
      down.emplace_back(name);
    } else if (!down.empty()) {
      down.pop_back();
    } else if (++up > depth) {
      return std::nullopt;
    }
  }
  std::string contained;
  for (std::size_t i = 0; i < up; ++i) contained += contained.empty() ? ".." : "/..";
  for (const std::string& name : down) contained += contained.empty() ? name : '/' + name;
  return contained.empty() ? "." : contained;
}

}  // namespace

std::optional<MemberPath> parse_member_path(std::string_view name) {
  MemberPath path;
  for (const auto part : std::views::split(name, '/')) {
    const std::string_view component(part.begin(), part.end());
    if (component.empty() || component == ".") continue;
    if (component == "..") return std::nullopt;
    path.emplace_back(component);
  }
  return path;
}

bool stays_inside(const MemberPath& link, std::string_view target) {
  // One part less, so that the folder is the root.
  return link.size() > 1 && contained_target({link.begin() + 1, link.end()}, target);
}

std::string to_string(std::span<const std::string> path) {
  return fmt::format("{}", fmt::join(path, "/"));
}

Result<TreeWriter> TreeWriter::open(const std::filesystem::path& root,
                                    const std::filesystem::path& archive,
                                    errc blame) {
  ipc::UniqueFd fd(::open(root.c_str(), enter_flags));
  if (!fd) {
    return fail_errno(errc::io_error, fmt::format("cannot unpack into {}", root.string()), errno);
  }
  return TreeWriter(std::move(fd), archive.string(), blame);
}

Result<int> TreeWriter::enter(std::span<const std::string> path) {
  const auto current = [this] { return entered_ ? entered_.number() : root_.number(); };
  if (path.size() < entered_path_.size() ||
      !std::ranges::equal(path.first(entered_path_.size()), entered_path_)) {
    entered_.reset();
    entered_path_.clear();
  }
  for (const std::string& name : path.subspan(entered_path_.size())) {
    const std::span<const std::string> here = path.first(entered_path_.size() + 1);
    int next = ::openat(current(), name.c_str(), enter_flags);
    if (next < 0 && errno == ENOENT) {
      if (::mkdirat(current(), name.c_str(), 0755) < 0) return system_error(here, errno);
      ++made_;
      next = ::openat(current(), name.c_str(), enter_flags);
    }
    if (next < 0 && (errno == ENOTDIR || errno == ELOOP)) return refuse(here, two_things);
    if (next < 0) return system_error(here, errno);
    entered_.reset(next);
    entered_path_.push_back(name);
  }
  return current();
}

template <class Make>
Result<> TreeWriter::make_in_place(int parent, const MemberPath& path, Make make) {
  if (make() < 0) {
    if (errno != EEXIST) return system_error(path, errno);
    if (::unlinkat(parent, path.back().c_str(), 0) < 0) {
      if (errno == EISDIR || errno == EPERM) {
        return refuse(path, two_things);
      }
      return system_error(path, errno);
    }
    if (make() < 0) return system_error(path, errno);
  }
  ++made_;
  return {};
}

Result<> TreeWriter::add_directory(const MemberPath& path, std::optional<timespec> modified) {
  TRY(enter(path));
  if (modified) directory_times_.emplace_back(path, *modified);
  return {};
}

Result<ipc::UniqueFd> TreeWriter::add_file(const MemberPath& path) {
  TRY(const int parent, enter_parent(path));
  ipc::UniqueFd file;
  TRY(make_in_place(parent, path, [&] {
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    file.reset(::openat(parent, path.back().c_str(), flags, 0600));
    return file.number();
  }));
  return file;
}

Result<> TreeWriter::finish_file(ipc::UniqueFd file,
                                 const MemberPath& path,
                                 unsigned mode,
                                 std::optional<timespec> modified) {
  mode = (mode & 0755) | 0600;
  if ((mode & 0100) == 0) mode &= ~0111U;
  if (::fchmod(file.number(), mode) < 0) return system_error(path, errno);
  // A time that the file system does not know is no reason to fail.
  if (modified) (void)::futimens(file.number(), times(*modified).data());
  return {};
}

std::string hint_at_link(const MemberPath& path) {
  const bool is_interpreter =
      path.size() > 2 && path[path.size() - 2] == "bin" && path.back().starts_with("python");
  if (!is_interpreter) return {};
  return fmt::format(
      "{} is a virtual environment, it seems: tell the build backend to leave it out of the sdist",
      printable(path[path.size() - 3]));
}

Result<> TreeWriter::add_symbolic_link(const MemberPath& path,
                                       std::string_view target,
                                       std::optional<timespec> modified) {
  const auto contained = contained_target(path, target);
  if (!contained) {
    auto error = refuse(
        path,
        fmt::format("is a symbolic link to '{}', which leaves the archive", printable(target)));
    error.error().hint = hint_at_link(path);
    return error;
  }
  TRY(const int parent, enter_parent(path));
  TRY(make_in_place(
      parent, path, [&] { return ::symlinkat(contained->c_str(), parent, path.back().c_str()); }));
  if (modified) {
    (void)::utimensat(parent, path.back().c_str(), times(*modified).data(), AT_SYMLINK_NOFOLLOW);
  }
  return {};
}

Result<> TreeWriter::add_hard_link(const MemberPath& path, const MemberPath& existing) {
  if (path == existing) return refuse(path, "is a hard link to itself");
  TRY(const int near_target, enter_parent(existing));
  // Only a regular file: a symbolic link means something else under a second name.
  struct stat status = {};
  if (::fstatat(near_target, existing.back().c_str(), &status, AT_SYMLINK_NOFOLLOW) < 0 ||
      !S_ISREG(status.st_mode)) {
    return refuse(path,
                  fmt::format("is a hard link to '{}', which is no file before it",
                              printable(to_string(existing))));
  }
  const ipc::UniqueFd source(::fcntl(near_target, F_DUPFD_CLOEXEC, 3));
  if (!source) return system_error(path, errno);
  TRY(const int parent, enter_parent(path));
  return make_in_place(parent, path, [&] {
    return ::linkat(source.number(), existing.back().c_str(), parent, path.back().c_str(), 0);
  });
}

void TreeWriter::finish() noexcept {
  for (const auto& [path, modified] : directory_times_) {
    if (const auto directory = enter(path)) (void)::futimens(*directory, times(modified).data());
  }
}

std::unexpected<Error> TreeWriter::refuse(std::span<const std::string> path,
                                          std::string_view why) const {
  return fail(blame_, fmt::format("{}: '{}' {}", archive_, printable(to_string(path)), why));
}

std::unexpected<Error> TreeWriter::system_error(std::span<const std::string> path,
                                                int error) const {
  const errc code = error == ENAMETOOLONG || error == EILSEQ ? blame_ : errc::io_error;
  return fail_errno(
      code, fmt::format("{}: cannot unpack '{}'", archive_, printable(to_string(path))), error);
}

}  // namespace axle::frontend
