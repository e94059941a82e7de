#include "frontend/daemon/start_daemon.hpp"

#include "frontend/environment_variables.hpp"
#include "frontend/leftovers.hpp"
#include "frontend/start_environment.hpp"
#include "ipc/child_process.hpp"
#include "ipc/event_loop.hpp"

#include <fmt/format.h>

#include <sys/types.h>

#include <charconv>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace axle::frontend {
namespace {

using namespace std::chrono_literals;

constexpr auto start_time = 5s;  // of a program of a few milliseconds, on a machine that is busy
constexpr std::size_t longest_number = 32;
constexpr std::size_t longest_reason = 4096;

std::vector<std::string> daemon_environment() {
  const auto callers = EnvironmentVariables::current().entries();
  std::vector<std::string> kept = start_environment(callers);
  for (const std::string& entry : callers) {
    if (entry.starts_with("AXLE_") || entry.starts_with("XDG_")) kept.push_back(entry);
  }
  std::erase_if(kept, [](const std::string& entry) { return entry.starts_with("PYTHON"); });
  return kept;
}

/// `number` is the line that tells which process it is.
void leave_alone(const std::string& number) {
  pid_t pid = 0;
  const char* end = number.data() + number.size();
  if (std::from_chars(number.data(), end, pid).ptr == end && pid > 0) leave_daemon_alone(pid);
}

}  // namespace

Result<> start_daemon(const std::filesystem::path& axle, const Cancellation& cancellation) {
  TRY(auto child,
      ipc::ChildProcess::spawn({.program = axle,
                                .arguments = {"daemon", "run", "--background"},
                                .environment = daemon_environment(),
                                .working_directory = "/",
                                .stdout_ = ipc::Stdio::pipe(),
                                .stderr_ = ipc::Stdio::pipe()}));
  ipc::EventLoop loop;
  const auto number = loop.watch_lines(child.take_stdout(), longest_number);
  const auto words = loop.watch_bytes(child.take_stderr());
  const auto death = loop.watch_exit(child.pidfd());
  const auto stop = loop.watch_readable(cancellation.fd());
  const auto deadline = ipc::deadline_in(start_time);
  std::string reason;
  const auto hear = [&](const ipc::Event& event) {
    if (event.kind == ipc::Event::Kind::bytes && reason.size() < longest_reason) {
      reason += event.data;
    }
    if (event.kind == ipc::Event::Kind::line) leave_alone(event.data);
  };
  for (;;) {
    const auto event = loop.next_event(deadline);
    hear(event);
    if (event.source == stop) {
      return std::unexpected(cancellation.error("starting the daemon"));
    }
    if (event.kind == ipc::Event::Kind::deadline) {
      return fail(errc::timed_out, "the daemon does not start");
    }
    if (event.source == death) break;
  }
  for (const auto& event : loop.drain(number)) hear(event);
  const auto status = child.reap();
  if (status.success()) return {};
  for (const auto& event : loop.drain(words)) hear(event);
  if (const auto end = reason.find('\n'); end != std::string::npos) reason.resize(end);
  constexpr std::string_view label = "error: ";
  if (reason.starts_with(label)) reason.erase(0, label.size());
  return fail(errc::io_error,
              reason.empty() ? "the daemon that was started " + status.describe() : reason);
}

}  // namespace axle::frontend
