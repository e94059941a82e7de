// The one place where axle starts a process: a wrapper around Boost.Process that leaks no
// descriptor, leaves no zombie and never lets a forked copy of the parent run on.
//
//   TRY(auto child, ChildProcess::spawn({.program = "/usr/bin/env", .stdout_ = Stdio::pipe()}));
//   auto exit = loop.watch_exit(child.pidfd());  // ipc/event_loop.hpp
//   ...
//   ExitStatus status = child.reap();            // kills what is left of its group, then reaps
//
// Death is seen through a pidfd, never through the end of a pipe: a grandchild can hold a pipe
// open for as long as it likes. The faults of Boost.Process that this avoids, and the tests that
// hold each of them, are listed in docs/adr/.
#pragma once

#include "ipc/error.hpp"
#include "ipc/fd.hpp"

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace axle::ipc {

/// How a process ended.
struct ExitStatus {
  int code = 0;    ///< What it passed to exit; 0 if a signal ended it; 256: nobody knows.
  int signal = 0;  ///< The signal that ended it; 0 if it exited.
  bool core_dumped = false;

  [[nodiscard]] bool success() const noexcept { return code == 0 && signal == 0; }
  /// As a shell tells it: the exit code, or 128 + the signal.
  [[nodiscard]] int shell_code() const noexcept { return signal != 0 ? 128 + signal : code; }
  /// "exited with code 3" or "was killed by SIGSEGV (core dumped)".
  [[nodiscard]] std::string describe() const;
  /// From a wait status as waitpid(2) gives it.
  static ExitStatus from_wait_status(int status) noexcept;

  bool operator==(const ExitStatus&) const = default;
};

/// "SIGKILL" for 9; "signal 77" for one without a name.
std::string signal_name(int signal);

/// Where one of a child's first three descriptors leads.
struct Stdio {
  enum class Kind { null, pipe, inherit, fd };
  Kind kind = Kind::null;
  int fd_number = -1;  ///< For Kind::fd: a descriptor of the caller's, which stays open there.

  static Stdio null() { return {}; }
  static Stdio pipe() { return {Kind::pipe, -1}; }
  static Stdio inherit() { return {Kind::inherit, -1}; }
  static Stdio fd(int number) { return {Kind::fd, number}; }
};

struct SpawnOptions {
  /// An absolute path, or one relative to `working_directory` with a slash in it; PATH is not
  /// searched (see `find_program`).
  std::filesystem::path program;
  /// Without the program's own name.
  std::vector<std::string> arguments = {};
  /// "NAME=value" each; nothing: the caller's environment.
  std::optional<std::vector<std::string>> environment = std::nullopt;
  /// Empty: the caller's.
  std::filesystem::path working_directory = {};
  Stdio stdin_ = Stdio::null();
  Stdio stdout_ = Stdio::inherit();
  Stdio stderr_ = Stdio::inherit();
  /// Descriptors of the caller's that the child gets beside the first three, under numbers from 3
  /// on in this order. Everything else is closed in the child.
  std::vector<int> extra_fds = {};
  /// own: the child leads a new session and process group, and has no controlling terminal.
  enum class Session { own, callers } session = Session::own;
  /// What the child gets when the calling thread ends (PR_SET_PDEATHSIG): SIGKILL, SIGTERM (which
  /// it can handle) or nothing. The first two only for a child of a thread that outlives it.
  enum class WithCaller { dies, terminates, lives } with_caller = WithCaller::lives;
};

/// Owns one child process, its pidfd and our ends of its pipes. Not thread-safe; may be moved
/// between threads. Nobody else in the program may wait for it, or for all children.
///
/// Destruction kills the process group and reaps; a process that hangs in the kernel, where no
/// signal reaches it, is given up after two seconds.
class ChildProcess {
 public:
  /// Starts a process: every signal at its default and unblocked, descriptors 0, 1, 2 and
  /// `extra_fds` only. Fails with `errc::io_error` and the system's text where the program cannot
  /// be executed, the folder cannot be entered, there are no more processes or descriptors, or the
  /// system refuses a pidfd; nothing runs and nothing leaks then. The message names the program.
  /// A program that ignores SIGCHLD stops doing so here: it could not own its children.
  static Result<ChildProcess> spawn(const SpawnOptions& options);

  ChildProcess(ChildProcess&&) noexcept;
  ChildProcess& operator=(ChildProcess&&) noexcept;
  ~ChildProcess();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Readable once the process has ended; stays ours.
  [[nodiscard]] int pidfd() const noexcept { return pidfd_.number(); }

  /// Our end of a stream that was asked for as a pipe; the caller owns it from then on. None the
  /// second time. All are close-on-exec.
  UniqueFd take_stdin() { return std::move(stdin_); }
  UniqueFd take_stdout() { return std::move(stdout_); }
  UniqueFd take_stderr() { return std::move(stderr_); }

  /// Sends a signal to the process, or to its whole group (Session::own). Does nothing once it is
  /// reaped: never reaches a stranger with the same number.
  void send_signal(int signal) noexcept;
  void send_signal_to_group(int signal) noexcept;

  /// Lets the process live on without an owner.
  void release() noexcept { pid_ = -1; }

  /// Ended, and if so how; kills what is left of its group before it reaps (race-free, because a
  /// zombie's number is not given out again). Asked again, it tells the same. Code 256 if
  /// somebody else has reaped it.
  std::optional<ExitStatus> try_reap() noexcept;
  /// The same, waiting: only for a process that is known to end, or was sent SIGKILL.
  ExitStatus reap() noexcept;

 private:
  ChildProcess() = default;
  std::optional<ExitStatus> wait_for_end(int flags) noexcept;

  pid_t pid_ = -1;
  bool leads_group_ = false;
  UniqueFd pidfd_;
  UniqueFd stdin_;
  UniqueFd stdout_;
  UniqueFd stderr_;
  std::optional<ExitStatus> status_;
};

/// The first executable file called `name` on `search_path` (as in $PATH; empty entries and
/// relative ones are skipped), or nothing. A name with a slash in it is only checked.
std::optional<std::filesystem::path> find_program(const std::string& name,
                                                  const std::string& search_path);

}  // namespace axle::ipc
