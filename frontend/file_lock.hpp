// A lock that at most one process has, and for which one can wait and still be stopped.
//
//   TRY(auto lock, FileLock::try_take(path));
//   while (!lock.held()) TRY(lock.wait("waiting for ...", cancellation, deadline));
#pragma once

#include "frontend/cancellation.hpp"
#include "ipc/error.hpp"
#include "ipc/event_loop.hpp"
#include "ipc/fd.hpp"

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <utility>

namespace axle::frontend {

/// A flock on a file. Given back at destruction, or when the process ends in any way; no process
/// that axle starts inherits it.
class FileLock {
 public:
  /// What becomes of the file when the lock is given back. Making and removing one for each use
  /// takes longer than the rest of it.
  enum class File { removed, stays };

  /// Takes the lock of the file `path`, which is made if it is missing, if nobody has it. Fails
  /// with `errc::io_error`, naming `path`, where it cannot be locked at all.
  static Result<FileLock> try_take(const std::filesystem::path& path, File file = File::removed);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock() { release(); }

  [[nodiscard]] bool held() const noexcept { return held_; }
  /// Who has it instead: a process that has written its number into the file; 0: not yet.
  [[nodiscard]] pid_t holder() const;

  enum class Woken { by_change, by_deadline };
  /// Waits until who has it gives it back, and takes it then, unless another is quicker; at most
  /// until `deadline`. Fails with `errc::cancelled`, saying that it was `doing` that, and with
  /// `errc::io_error` if there is no process to wait with or the file cannot be had any more.
  Result<Woken> wait(const std::string& doing,
                     const Cancellation& cancellation,
                     ipc::Deadline deadline);

 private:
  FileLock(std::filesystem::path path, File afterwards, ipc::UniqueFd file)
      : path_(std::move(path)), afterwards_(afterwards), file_(std::move(file)) {}

  /// Whether the file is still the one that others find.
  [[nodiscard]] bool is_in_place() const;
  Result<> grasp();
  void release() noexcept;

  std::filesystem::path path_;
  File afterwards_;
  ipc::UniqueFd file_;
  bool held_ = false;
};

/// Whether `pid` is above this process, or may be: /proc can be mounted so that it hides processes.
/// Who waits for its ancestor waits for ever, since that waits for what it has started.
bool may_be_ancestor(pid_t pid);

}  // namespace axle::frontend
