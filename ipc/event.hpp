// What is told on the control descriptor while stdout and stderr belong to the hook: events from
// axle-backend, one JSON object a line (schemas/event.schema.json), and the one message that goes
// the other way, `cancel`.
#pragma once

#include "ipc/error.hpp"
#include "ipc/outcome.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace axle::ipc {

inline constexpr int protocol_version = 1;

/// An event is at most this long, in bytes: an undelivered outcome fits.
inline constexpr std::size_t longest_event = longest_result + std::size_t{64} * 1024;
/// A message to axle-backend is at most this long, in bytes.
inline constexpr std::size_t longest_control = std::size_t{64} * 1024;

/// The build backend is imported; commands are taken.
struct Started {
  int protocol = protocol_version;
  int pid = 0;                      ///< Of axle-backend.
  std::string backend;              ///< As it prints itself.
  std::vector<std::string> hooks;   ///< The hooks of PEP 517 and 660 that it has.
  std::string hook_isolation;       ///< "forked", "inline" or "fresh", as it came out.
  std::string python_version = {};  ///< "3.11.2"; empty for a native backend.
  bool operator==(const Started&) const = default;
};
/// The build backend could not be imported; axle-backend leaves with exit code 1.
struct FailedToStart {
  HookFailure failure;
  bool operator==(const FailedToStart&) const = default;
};
/// The command is checked and will be carried out; from here on it is never retried. Nothing of it
/// has happened before this was told.
struct Accepted {
  std::uint64_t id = 0;
  std::string cmd;
  bool operator==(const Accepted&) const = default;
};
/// The hook of an accepted command has a process now.
struct Running {
  std::uint64_t id = 0;
  int pid = 0;  ///< Leader of its own process group.
  bool operator==(const Running&) const = default;
};
/// Accepted and not finished; once a second.
struct Heartbeat {
  std::uint64_t id = 0;
  std::chrono::milliseconds elapsed{0};
  bool operator==(const Heartbeat&) const = default;
};
/// What a process, and those that it has waited for, have taken of the processor.
struct ProcessorTime {
  std::chrono::microseconds user{0};
  std::chrono::microseconds system{0};
  bool operator==(const ProcessorTime&) const = default;
};
/// The outcome is in the result file; or here, if that could not be written.
struct Finished {
  std::uint64_t id = 0;
  std::string result;  ///< The path of the result file.
  std::optional<Outcome> undelivered = std::nullopt;
  std::string trouble = {};                          ///< Why the result file could not be written.
  std::optional<ProcessorTime> used = std::nullopt;  ///< By the hook, where that is known.
  bool operator==(const Finished&) const = default;
};
/// The line was not a command that can be run.
struct Rejected {
  std::uint64_t id = 0;
  std::string reason;
  bool operator==(const Rejected&) const = default;
};
/// Something that a person may want to know, e.g. that hooks run in fresh processes and why.
struct Notice {
  std::string text;
  bool operator==(const Notice&) const = default;
};
/// When a backend has made itself quicker, by CLOCK_MONOTONIC.
struct Training {
  std::chrono::microseconds began{0};
  std::chrono::microseconds ended{0};
  bool operator==(const Training&) const = default;
};
/// While nobody wanted anything the backend has become quicker, or has given up what made it so.
struct Warm {
  bool trained = false;                             ///< What hooks need has been imported already.
  int spares = 0;                                   ///< How many processes wait for a hook.
  std::optional<Training> training = std::nullopt;  ///< When that was, the first time it is told.
  bool operator==(const Warm&) const = default;
};

using BackendEvent = std::
    variant<Started, FailedToStart, Accepted, Running, Heartbeat, Finished, Rejected, Notice, Warm>;

/// One line, without a newline.
std::string encode(const BackendEvent& event);
/// Fails with `errc::protocol_error` for all that is not an event: see `parse_json_text`, and a
/// missing key or one of another type. An event of an unknown name gives nothing.
Result<std::optional<BackendEvent>> decode_event(std::string_view line);

/// From the frontend to axle-backend, on the same descriptor: stop the command `id`.
struct Cancel {
  std::uint64_t id = 0;
  std::string reason;  ///< Who and why, for the record.
  /// How long the hook has between SIGINT and SIGTERM, and between SIGTERM and SIGKILL.
  std::chrono::milliseconds grace{2000};
  bool operator==(const Cancel&) const = default;
};
/// One line, without a newline.
std::string encode(const Cancel& cancel);
/// Fails with `errc::protocol_error`, also for a message of an unknown name.
Result<Cancel> decode_cancel(std::string_view line);

}  // namespace axle::ipc
