#include "backend/guard.hpp"

#include "backend/strays.hpp"
#include "ipc/child_process.hpp"
#include "ipc/event_loop.hpp"
#include "ipc/guard_report.hpp"

#include <fcntl.h>
#include <signal.h>

#include <chrono>
#include <cstddef>
#include <utility>

namespace axle::backend {
namespace {

using ipc::Event;
using namespace std::chrono_literals;

constexpr auto sweep_time = 2s;
constexpr auto telling_time = 5s;
constexpr std::size_t most_names = 100;  // of a program that forks without end
constexpr std::size_t longest_request = 1024;

std::vector<std::string> first_of(std::vector<std::string> names) {
  if (names.size() > most_names) names.resize(most_names);
  return names;
}

Result<> nobody_waits() {
  return fail(errc::io_error, "nobody waits for the end of the guarded program any more");
}

/// Succeeds once the caller has taken it.
Result<> tell(ipc::EventLoop& loop, ipc::SourceId control, const ipc::GuardReport& report) {
  loop.send(control, encode(report) + "\n");
  const auto deadline = ipc::deadline_in(telling_time);
  for (;;) {
    const Event event = loop.next_event(deadline);
    if (event.kind == Event::Kind::sent) return {};
    if (event.kind == Event::Kind::send_failed || event.kind == Event::Kind::deadline) {
      return nobody_waits();
    }
  }
}

}  // namespace

Result<> run_guarded(ipc::UniqueFd control,
                     const std::filesystem::path& program,
                     std::vector<std::string> arguments) {
  fcntl(control.number(), F_SETFD, FD_CLOEXEC);
  ipc::EventLoop loop;
  const auto caller = loop.watch_lines(std::move(control), longest_request);
  loop.watch_signals({SIGINT, SIGTERM, SIGHUP});
  auto child = ipc::ChildProcess::spawn({.program = program,
                                         .arguments = std::move(arguments),
                                         .session = ipc::SpawnOptions::Session::callers,
                                         .with_caller = ipc::SpawnOptions::WithCaller::dies});
  if (!child) {
    const Error& error = child.error();
    return tell(loop, caller, {.trouble = error.message, .hint = error.hint});
  }
  const auto end = loop.watch_exit(child->pidfd());
  Strays strays;
  for (bool ended = false; !ended;) {
    const Event event = loop.next_event(ipc::no_deadline);
    ended = event.source == end;
    if (event.source == caller && event.kind == Event::Kind::eof) {
      child->release();  // it is swept away with the others
      strays.sweep({}, ipc::deadline_in(sweep_time));
      return nobody_waits();
    }
  }
  const auto status = child->reap();
  auto swept = strays.sweep({}, ipc::deadline_in(sweep_time));
  return tell(loop,
              caller,
              {.status = status,
               .left_behind = {.killed = first_of(std::move(swept.killed)),
                               .left = first_of(std::move(swept.left))}});
}

}  // namespace axle::backend
