// A folder that only its owner can enter, for what crosses between our own processes.
#pragma once

#include "ipc/error.hpp"
#include "ipc/fd.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace axle::ipc {

/// A temporary folder of mode 0700; it and all that is in it are removed at destruction, or are
/// among what `take_unremovable` gives. It is locked as long, so that nobody takes it for one whose
/// owner was killed.
class PrivateDir {
 public:
  /// Makes a new folder `<parent>/<prefix><random>`, and first removes there what was abandoned:
  /// see `remove_abandoned`. Fails with `errc::io_error`, naming `parent`.
  static Result<PrivateDir> create(const std::filesystem::path& parent, std::string_view prefix);

  PrivateDir(PrivateDir&& other) noexcept;
  PrivateDir& operator=(PrivateDir&& other) noexcept;
  ~PrivateDir();

  /// Absolute.
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// Lets the folder stay at destruction, and never count as abandoned: its sticky bit says so.
  void stay() noexcept;

 private:
  explicit PrivateDir(std::filesystem::path path) : path_(std::move(path)) {}
  void remove() noexcept;
  std::filesystem::path path_;
  UniqueFd lock_;  // the folder itself
  bool stays_ = false;
};

/// The folders of PrivateDirs that could not be removed since this was called last: something in
/// them is immutable, mounted, in use or not ours. For all threads of the process, and safe in
/// each; who never calls it only lets the list grow.
std::vector<std::filesystem::path> take_unremovable();

/// How long nothing may have been added to a folder before it can count as abandoned.
inline constexpr std::chrono::minutes abandoned_after{10};

/// Removes from `parent` the folders of PrivateDirs with this prefix whose process was killed: ours
/// alone, untouched for `abandoned_after`, and not locked. What cannot be removed is left.
void remove_abandoned(const std::filesystem::path& parent, std::string_view prefix) noexcept;

/// The folder for temporary files: $TMPDIR if it is an absolute path to a writable folder, else
/// /tmp.
std::filesystem::path temporary_directory();

/// Checks that `path` is a folder of ours: not a symbolic link, owned by the effective user, not
/// writable for others. Fails with `errc::io_error`, saying which of these is broken.
Result<> check_private(const std::filesystem::path& path);

/// Makes a folder for this user alone, unless there is one: another process may make it at this
/// moment. Fails with `errc::io_error` where it cannot be made, or is not private.
Result<> make_private_folder(const std::filesystem::path& path);

/// Writes a whole file: to a temporary name in the same folder (O_EXCL, O_NOFOLLOW), then renamed
/// over `path`. So `path` is absent, or as before, or whole, though not yet on the disk. It has
/// `mode`, whatever the umask is. Refuses a `path` that is there and is not a regular file. Fails
/// with `errc::io_error` naming `path`; no temporary file is left.
Result<> write_file_atomically(const std::filesystem::path& path,
                               std::string_view bytes,
                               unsigned mode = 0644);

/// Reads a whole regular file of at most `most` bytes, not following a symbolic link at its end
/// and never blocking on a FIFO. Fails with `errc::io_error`.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t most);

/// Removes a folder and all in it, of any depth, without following links out of it or entering what
/// is mounted in it; also folders that were made unwritable. A `path` that is no folder is removed
/// alone, a symbolic link as a link. True if nothing is there afterwards: what cannot be removed is
/// left. Refuses a path that ends in "." or "..", and the root.
bool remove_tree(const std::filesystem::path& path) noexcept;

}  // namespace axle::ipc
