// axle daemon: what is kept warm, and the daemon itself.
#include "cli/daemon_use.hpp"
#include "cli/error_text.hpp"
#include "cli/json.hpp"
#include "cli/quantity.hpp"
#include "cli/session.hpp"
#include "frontend/daemon/become_daemon.hpp"
#include "frontend/daemon/connection.hpp"
#include "frontend/daemon/log.hpp"
#include "frontend/daemon/place.hpp"
#include "frontend/daemon/server.hpp"
#include "frontend/daemon/start_daemon.hpp"
#include "frontend/leftovers.hpp"
#include "ipc/event_loop.hpp"
#include "ipc/private_dir.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace axle::cli {
namespace {

using namespace std::chrono_literals;
using frontend::DaemonConnection;
using frontend::DaemonPlace;
using frontend::StatusReply;
using frontend::StopReply;

constexpr auto answer_time = 2s;
constexpr auto leave_time = 10s;

Result<DaemonPlace> our_place() {
  return frontend::daemon_place(this_program());
}

/// A daemon that answers; nothing: there is none at this place.
Result<std::optional<DaemonConnection>> connect(const DaemonPlace& place) {
  auto connection = DaemonConnection::open(place.socket());
  if (connection) return std::optional(*std::move(connection));
  if (connection.error().code == errc::backend_gone) return std::nullopt;
  return std::unexpected(std::move(connection).error());
}

Result<> start(const Session& session) {
  TRY(const auto place, our_place());
  TRY(frontend::start_daemon(this_program(), session.cancellation));
  TRY(const auto connection, DaemonConnection::open(place.socket()));
  frontend::leave_daemon_alone(connection.daemon_pid());
  session.terminal.print(
      fmt::format("The daemon is running (process {}).", connection.daemon_pid()));
  return {};
}

Result<> stop(const Session& session) {
  TRY(const auto place, our_place());
  std::size_t stopped = 0;
  for (const DaemonPlace& known : frontend::known_places(place)) {
    TRY(auto connection, connect(known));
    if (!connection) continue;
    TRY(const auto answer,
        connection->ask(
            frontend::StopRequest{}, ipc::deadline_in(answer_time), &session.cancellation));
    const auto* told = std::get_if<StopReply>(&answer.reply);
    if (told == nullptr) return fail(errc::protocol_error, "the daemon's answer makes no sense");
    ++stopped;
    const auto deadline = told->leases == 0 ? ipc::deadline_in(leave_time) : ipc::Deadline{};
    TRY(const bool gone, connection->await_end(deadline, session.cancellation));
    session.terminal.print(
        gone ? fmt::format("The daemon (process {}) has left.", connection->daemon_pid())
             : fmt::format("The daemon (process {}) takes no more builds, and leaves after those "
                           "under way ({}).",
                           connection->daemon_pid(),
                           told->leases));
  }
  if (stopped == 0) session.terminal.print("There is no daemon.");
  return {};
}

Result<std::vector<StatusReply>> all_status(const Session& session) {
  TRY(const auto place, our_place());
  std::vector<StatusReply> all;
  for (const DaemonPlace& known : frontend::known_places(place)) {
    TRY(auto connection, connect(known));
    if (!connection) continue;
    TRY(auto answer,
        connection->ask(
            frontend::StatusRequest{}, ipc::deadline_in(answer_time), &session.cancellation));
    auto* status = std::get_if<StatusReply>(&answer.reply);
    if (status == nullptr) return fail(errc::protocol_error, "the daemon's answer makes no sense");
    all.push_back(std::move(*status));
  }
  return all;
}

std::string text_of(const StatusReply& status) {
  std::string text = fmt::format("Daemon (process {}): running for {}, {} lease{} so far\n",
                                 status.pid,
                                 format_elapsed(status.age),
                                 status.leases,
                                 status.leases == 1 ? "" : "s");
  for (const auto& backend : status.backends) {
    text +=
        fmt::format("  {} (process {}): {}, used {} time{}, {}\n    {}\n",
                    backend.backend,
                    backend.pid,
                    backend.leased ? "building" : "unused for " + format_elapsed(backend.unused),
                    backend.leases,
                    backend.leases == 1 ? "" : "s",
                    format_size(backend.memory),
                    backend.python);
    if (!backend.source_tree.empty()) text += fmt::format("    of {}\n", backend.source_tree);
  }
  return text;
}

Result<std::string> status(bool json, const Session& session) {
  TRY(const auto all, all_status(session));
  if (json) {
    std::vector<ipc::JsonText> list;
    for (const StatusReply& one : all) list.push_back(frontend::to_json(one));
    return pretty_json(ipc::json_list(list)) + "\n";
  }
  if (all.empty()) return "There is no daemon.\n";
  std::string text;
  for (const StatusReply& one : all) text += text_of(one);
  return session.terminal.shown(text);
}

Result<std::string> logs(const Session& session) {
  TRY(const auto place, our_place());
  if (::access(place.log().c_str(), F_OK) != 0) return "";  // there was no daemon yet
  TRY(const auto text, ipc::read_file(place.log(), frontend::DaemonLog::longest * 2));
  return session.terminal.shown(text);
}

Result<std::string> act(const DaemonArguments& arguments, const Session& session) {
  using Action = DaemonArguments::Action;
  switch (arguments.action) {
    case Action::start: {
      TRY(start(session));
      return "";
    }
    case Action::stop: {
      TRY(stop(session));
      return "";
    }
    case Action::status: return status(arguments.json, session);
    case Action::logs: return logs(session);
    case Action::run: break;
  }
  return fail(errc::internal, "an action without code");
}

Result<> serve(const DaemonArguments& arguments) {
  TRY(const auto place, our_place());
  TRY(const auto usual_idle, daemon_idle_time());
  ipc::UniqueFd caller;
  if (arguments.in_background) {
    // First of all: a socket bears the number of the process that listens.
    TRY(caller, frontend::detach());
    if (!caller) return {};
  }
  TRY(auto listening, frontend::take_place(place));
  if (arguments.in_background) frontend::tell_listening(std::move(caller));
  if (!listening) {
    if (arguments.in_background) return {};
    return fail(errc::io_error, "there is a daemon already", "axle daemon stop ends it");
  }
  return frontend::serve(
      place, *std::move(listening), {.idle = arguments.idle.value_or(usual_idle)});
}

}  // namespace

int run(const DaemonArguments& arguments, const Session& session) {
  const auto text = act(arguments, session);
  if (!text) {
    session.terminal.print(
        error_text(text.error(), std::nullopt, ErrorDetail::full, session.terminal.paint()));
    return exit_code(text.error());
  }
  return deliver(*text, session);
}

int be_daemon(const DaemonArguments& arguments) {
  const auto served = serve(arguments);
  if (served) return 0;
  Terminal terminal(STDERR_FILENO, {.progress = Terminal::Progress::hidden});
  terminal.print(error_text(served.error(), std::nullopt, ErrorDetail::full, terminal.paint()));
  return exit_code(served.error());
}

}  // namespace axle::cli
