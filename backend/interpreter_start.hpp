// How a warm interpreter is started: the process, and what it is told first. What is said after
// that is warm_interpreter.hpp's.
#pragma once

#include "backend/options.hpp"
#include "ipc/child_process.hpp"
#include "ipc/error.hpp"
#include "ipc/fd.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace axle::backend {

/// What a warm interpreter is made of.
struct InterpreterSpec {
  std::filesystem::path python;  ///< Absolute.
  std::string module;
  std::string object;
  std::vector<std::filesystem::path> backend_path;
  /// forked: it forks a process for each hook; in_line: it runs all of them itself; fresh: it runs
  /// one hook, and ends with it.
  HookIsolation hook_isolation = HookIsolation::forked;
  std::chrono::milliseconds start_time{30'000};  ///< For the import of one that is started anew.
  /// Where it trains, if it forks, to keep spares then; empty: it does neither.
  std::filesystem::path training = {};
  bool immutable_environment = false;  ///< What it has imported does not change.
  std::filesystem::path kept = {};     ///< A folder for what the next one can use.
  /// Hooks print the traceback of what they raise on their stderr.
  bool print_traceback = false;
  /// Variables that it gets in place of ours; nothing: it gets none of that name.
  std::map<std::string, std::optional<std::string>> variables = {};
  ipc::Stdio stdout_ = ipc::Stdio::inherit();
  ipc::Stdio stderr_ = ipc::Stdio::inherit();
};

/// A process that runs python/zygote.py, and has not been told what to import.
struct StartedInterpreter {
  ipc::ChildProcess process;  ///< Leads a session of its own.
  ipc::UniqueFd socket;       ///< Our end of the one that the messages go through.
  /// Its end, held until it has answered: an import that closes its copy does not look like its
  /// death.
  ipc::UniqueFd its_socket;
  ipc::Pipe stacks;  ///< It writes there where it is, see stack_dump.hpp; never waits.
};

/// Starts Python with the environment and the outputs of `spec`. Fails with
/// `errc::environment_failed` where the system does not run it, with `errc::io_error` where it has
/// no descriptor to spare.
Result<StartedInterpreter> start_interpreter(const InterpreterSpec& spec);

/// The line by which it learns what to import, and how it is to run hooks.
std::string start_message(const InterpreterSpec& spec);

}  // namespace axle::backend
