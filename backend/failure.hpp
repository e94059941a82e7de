// The failures that the host itself tells: a hook that ended without an answer, one that was
// stopped, a build backend that cannot be imported.
#pragma once

#include "ipc/child_process.hpp"
#include "ipc/error.hpp"
#include "ipc/outcome.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace axle::backend {

/// `errc::backend_unavailable` for an import of `module` that failed so.
Error import_error(const std::string& module, ipc::HookFailure failure);

/// A hook's process that ended without an answer: exc_type "BackendDied", code 128 + the signal, or
/// its exit code, or 1 for an exit code of 0.
ipc::HookFailure died(const std::string& hook, const ipc::ExitStatus& status);

/// The same, of a process that the system has ended because memory had run out.
ipc::HookFailure out_of_memory(const std::string& hook, const ipc::ExitStatus& status);

/// A hook's process that does not end though it is killed, for it is in a `state` (a letter of
/// proc(5)) where no signal reaches it: exc_type "ProcessStuck".
ipc::HookFailure unkillable(const std::string& hook, pid_t pid, char state);

/// Why the host stopped a hook.
struct StopReason {
  bool timed_out = false;
  std::chrono::milliseconds after{0};
  std::string cancelled = {};  ///< Who and why, where it was not the time.
};

/// A hook that was stopped; what it had still to say (`last_words`) is kept as its context, and
/// `stack` says where it was.
ipc::HookFailure stopped(const std::string& hook,
                         const StopReason& reason,
                         const std::optional<ipc::HookFailure>& last_words,
                         std::string stack = {});

/// Asked for something that the backend does not have: exc_type "MissingCommand".
ipc::HookFailure missing_command(const std::string& backend, const std::string& name);

/// An error of the host's own in the form of an outcome.
ipc::HookFailure as_failure(const Error& error);

}  // namespace axle::backend
