// Running a program to its end: an interpreter that is asked a question, an installer.
#pragma once

#include "frontend/cancellation.hpp"
#include "ipc/child_process.hpp"
#include "ipc/error.hpp"
#include "ipc/event_loop.hpp"
#include "ipc/left_behind.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace axle::frontend {

struct ProgramRun {
  /// Program, arguments, environment, folder; its three streams are set by `run_program`.
  ipc::SpawnOptions spawn;
  ipc::Deadline deadline = ipc::no_deadline;
  /// The axle-backend below which it runs, so that nothing that it has started outlives it or us;
  /// empty: it is killed when we end, but not what it has started.
  std::filesystem::path guard = {};
  /// Told what it prints, as it prints it; the flag says whether on stderr. May be empty.
  std::function<void(bool is_stderr, std::string_view bytes)> on_output = {};
};

struct ProgramResult {
  ipc::ExitStatus status;
  std::string out;                   ///< The last MiB of its stdout.
  std::string err;                   ///< The last MiB of its stderr.
  ipc::LeftBehind left_behind = {};  ///< What a guard found running at its end.
};

/// Runs a program with /dev/null as stdin and waits for its end (not for the end of its pipes: what
/// a grandchild prints later is dropped). An exit code other than 0 is a result, not an error.
/// Fails with `errc::io_error` if it cannot be started or guarded, `errc::timed_out` past the
/// deadline and `errc::cancelled`; the program and its whole process group are gone then (SIGTERM,
/// one second of grace, SIGKILL), and with a guard all that it has started.
Result<ProgramResult> run_program(ProgramRun run, const Cancellation& cancellation);

}  // namespace axle::frontend
