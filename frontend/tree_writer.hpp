// Writes the members of an archive below one folder and nowhere else, whatever the archive says.
//
// Every step goes through the descriptor of a real folder (openat, O_NOFOLLOW), so no symbolic link
// is ever walked through, planted by an earlier member or not. libarchive's own writer does not do
// here: it sets the umask of the whole process (CVE-2023-30571), and other builds run beside us.
#pragma once

#include "ipc/error.hpp"
#include "ipc/fd.hpp"

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <time.h>
#include <utility>
#include <vector>

namespace axle::frontend {

/// Where a member goes, part by part from the root: no part is empty, "." or "..", or has a "/".
using MemberPath = std::vector<std::string>;

/// What to do about a member that is a link out of its archive, where that is known: of an
/// interpreter in a virtual environment. Else empty.
std::string hint_at_link(const MemberPath& path);

/// `name` of a member taken apart: "." and leading slashes are dropped. Nothing if there is a "..".
std::optional<MemberPath> parse_member_path(std::string_view name);
std::string to_string(std::span<const std::string> path);
/// Whether a symbolic link at `link` to `target` stays in the folder that is the first part of
/// `link`.
bool stays_inside(const MemberPath& link, std::string_view target);

/// Every function fails with the code of the caller's choice where the member is to blame (it is a
/// folder and a file, it lies below a symbolic link, its link leaves the root, its name is too
/// long), and with `errc::io_error` where the system is. Not thread-safe.
class TreeWriter {
 public:
  /// `root` is there and belongs to us alone; `archive` is named in errors, which have the code
  /// `blame` as said above. Fails with `errc::io_error`.
  static Result<TreeWriter> open(const std::filesystem::path& root,
                                 const std::filesystem::path& archive,
                                 errc blame);

  /// Makes a folder, and those above it. One that is there stays.
  Result<> add_directory(const MemberPath& path, std::optional<timespec> modified);

  /// Makes a file in place of any file or link of that name, to be written by the caller and then
  /// finished.
  Result<ipc::UniqueFd> add_file(const MemberPath& path);
  /// Gives a written file its mode and time. Of `mode`, the owner may read and write,
  /// others may not write, execution follows the owner's, and nothing else stays.
  Result<> finish_file(ipc::UniqueFd file,
                       const MemberPath& path,
                       unsigned mode,
                       std::optional<timespec> modified);

  /// Makes a symbolic link to `target`, which may not be absolute or leave the root.
  Result<> add_symbolic_link(const MemberPath& path,
                             std::string_view target,
                             std::optional<timespec> modified);
  /// Makes a second name for a file that is already written.
  Result<> add_hard_link(const MemberPath& path, const MemberPath& existing);

  /// How many files, links and folders were made, those that no member names included.
  [[nodiscard]] std::uintmax_t made() const noexcept { return made_; }

  /// Gives the folders their times; the last thing to do.
  void finish() noexcept;

 private:
  TreeWriter(ipc::UniqueFd root, std::string archive, errc blame)
      : root_(std::move(root)), archive_(std::move(archive)), blame_(blame) {}
  /// The folder `path`, made where it is missing; the descriptor is good until the next call.
  Result<int> enter(std::span<const std::string> path);
  Result<int> enter_parent(const MemberPath& path) {
    return enter(std::span(path).first(path.size() - 1));
  }
  /// Runs `make` (0 or -1 with errno), and once more when a file or link in its way is removed.
  template <class Make>
  Result<> make_in_place(int parent, const MemberPath& path, Make make);
  [[nodiscard]] std::unexpected<Error> refuse(std::span<const std::string> path,
                                              std::string_view why) const;
  [[nodiscard]] std::unexpected<Error> system_error(std::span<const std::string> path,
                                                    int error) const;

  ipc::UniqueFd root_;
  std::string archive_;
  errc blame_;
  std::uintmax_t made_ = 0;
  MemberPath entered_path_;
  ipc::UniqueFd entered_;  // the folder entered last; none: the root
  std::vector<std::pair<MemberPath, timespec>> directory_times_;
};

}  // namespace axle::frontend
