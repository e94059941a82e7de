#include "backend/failure.hpp"

#include <fmt/format.h>

#include <utility>

namespace axle::backend {

using ipc::HookFailure;

Error import_error(const std::string& module, HookFailure failure) {
  Error error{.code = errc::backend_unavailable,
              .message = fmt::format(
                  "cannot import {}: {}: {}", module, failure.exc_type, failure.exc_msg)};
  error.hook_failure = std::make_shared<const HookFailure>(std::move(failure));
  return error;
}

HookFailure died(const std::string& hook, const ipc::ExitStatus& status) {
  HookFailure failure;
  failure.code = status.success() ? 1 : status.shell_code();
  failure.exc_type = "BackendDied";
  failure.exc_msg =
      status.signal != 0
          ? fmt::format("{} was killed by {}", hook, ipc::signal_name(status.signal))
          : fmt::format(
                "{} ended its process with exit code {} and without a result", hook, status.code);
  failure.signal = status.signal;
  return failure;
}

HookFailure out_of_memory(const std::string& hook, const ipc::ExitStatus& status) {
  HookFailure failure = died(hook, status);
  failure.exc_msg += ": the system ran out of memory";
  failure.out_of_memory = true;
  return failure;
}

HookFailure unkillable(const std::string& hook, pid_t pid, char state) {
  HookFailure failure;
  failure.exc_type = "ProcessStuck";
  failure.exc_msg =
      fmt::format("process {} of {} was killed, is in state {} and could not be reaped",
                  pid,
                  hook,
                  state != '\0' ? state : '?');
  return failure;
}

HookFailure stopped(const std::string& hook,
                    const StopReason& reason,
                    const std::optional<HookFailure>& last_words,
                    std::string stack) {
  HookFailure failure;
  failure.stack = std::move(stack);
  failure.timed_out = reason.timed_out;
  failure.cancelled = reason.cancelled;
  if (reason.timed_out) {
    failure.code = 124;  // as timeout(1) has it
    failure.exc_type = "HookTimedOut";
    failure.exc_msg = fmt::format(
        "{} was stopped after {:g} s", hook, static_cast<double>(reason.after.count()) / 1000.0);
  } else {
    failure.code = 130;
    failure.exc_type = "Cancelled";
    failure.exc_msg = fmt::format("{} was stopped: {}", hook, reason.cancelled);
  }
  if (last_words) {
    failure.traceback = last_words->traceback;
    failure.signal = last_words->signal;
    failure.causes = last_words->causes;
    failure.causes.push_back({.exc_type = last_words->exc_type,
                              .exc_msg = last_words->exc_msg,
                              .traceback = last_words->traceback,
                              .notes = last_words->notes,
                              .relation = "context"});
  }
  return failure;
}

HookFailure missing_command(const std::string& backend, const std::string& name) {
  HookFailure failure;
  failure.exc_type = "MissingCommand";
  failure.exc_msg = fmt::format("{} has no attribute '{}'", backend, name);
  failure.missing = true;
  return failure;
}

HookFailure as_failure(const Error& error) {
  if (error.hook_failure) return *error.hook_failure;
  HookFailure failure;
  failure.exc_type = error.code == errc::backend_gone ? "BackendDied" : "BackendUnavailable";
  failure.exc_msg = error.message;
  failure.timed_out = error.code == errc::timed_out;
  return failure;
}

}  // namespace axle::backend
