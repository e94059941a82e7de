#include "frontend/daemon/start.hpp"

#include "frontend/daemon/messages.hpp"
#include "frontend/environment_variables.hpp"
#include "ipc/child_process.hpp"
#include "ipc/event_loop.hpp"
#include "ipc/unix_socket.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace axle::frontend {
namespace {

using namespace std::chrono_literals;

constexpr auto start_time = 5s;  // of a program of a few milliseconds, on a machine that is busy
constexpr auto listen_time = 1s;
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

bool someone_listens(const DaemonPlace& place) {
  return ipc::connect_to(place.socket()).has_value();
}

/// Waits until somebody connects to the socket of `place` with success, by being told of its
/// appearance.
Result<> await_listener(const DaemonPlace& place) {
  const ipc::UniqueFd names(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!names || inotify_add_watch(names.number(), place.folder.c_str(), IN_MOVED_TO) < 0) {
    return fail_errno(errc::io_error, "cannot watch " + place.folder.string(), errno);
  }
  const auto deadline = ipc::deadline_in(listen_time);
  while (!someone_listens(place)) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - ipc::Clock::now());
    if (left.count() <= 0) {
      return fail(errc::timed_out, "another process is the daemon, and does not listen");
    }
    pollfd changed{.fd = names.number(), .events = POLLIN, .revents = 0};
    ::poll(&changed, 1, static_cast<int>(left.count()));
    std::array<char, 4096> told;
    while (::read(names.number(), told.data(), told.size()) > 0) {
    }
  }
  return {};
}

}  // namespace

Result<> start_daemon(const std::filesystem::path& axle, const Cancellation& cancellation) {
  TRY(auto child,
      ipc::ChildProcess::spawn({.program = axle,
                                .arguments = {"daemon", "run", "--background"},
                                .environment = daemon_environment(),
                                .working_directory = "/",
                                .stdout_ = ipc::Stdio::null(),
                                .stderr_ = ipc::Stdio::pipe()}));
  ipc::EventLoop loop;
  const auto words = loop.watch_bytes(child.take_stderr());
  const auto death = loop.watch_exit(child.pidfd());
  const auto stop = loop.watch_readable(cancellation.fd());
  const auto deadline = ipc::deadline_in(start_time);
  std::string reason;
  const auto hear = [&](const ipc::Event& event) {
    if (event.kind == ipc::Event::Kind::bytes && reason.size() < longest_reason) {
      reason += event.data;
    }
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
  const auto status = child.reap();
  if (status.success()) return {};
  for (const auto& event : loop.drain(words)) hear(event);
  if (const auto end = reason.find('\n'); end != std::string::npos) reason.resize(end);
  constexpr std::string_view label = "error: ";
  if (reason.starts_with(label)) reason.erase(0, label.size());
  return fail(errc::io_error,
              reason.empty() ? "the daemon that was started " + status.describe() : reason);
}

Result<std::optional<Listening>> take_place(const DaemonPlace& place) {
  ipc::UniqueFd lock(::open(place.lock().c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock) return fail_errno(errc::io_error, "cannot open " + place.lock().string(), errno);
  if (::flock(lock.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return fail_errno(errc::io_error, "cannot lock " + place.lock().string(), errno);
    }
    TRY(await_listener(place));
    return std::nullopt;
  }
  // Whatever lies there is of one that has died: only who has the lock makes a socket.
  TRY(auto socket, ipc::listen_at(place.socket()));
  return Listening{.lock = std::move(lock), .socket = std::move(socket)};
}

Result<ipc::UniqueFd> detach() {
  TRY(auto word, ipc::make_pipe());
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno(errc::io_error, "cannot start a process", errno);
  if (pid > 0) {
    word.write_end.reset();
    char byte = 0;
    ssize_t count = -1;
    do {
      count = ::read(word.read_end.number(), &byte, 1);
    } while (count < 0 && errno == EINTR);
    if (count == 1) return ipc::UniqueFd();
    return fail(errc::io_error, "the daemon does not start");
  }
  ::setsid();
  ::umask(077);
  if (::chdir("/") != 0) return fail_errno(errc::io_error, "cannot enter the root folder", errno);
  const ipc::UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO}) {
    if (null) ::dup2(null.number(), stream);
  }
  return std::move(word.write_end);
}

void tell_listening(ipc::UniqueFd caller) {
  const ipc::UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (null) ::dup2(null.number(), STDERR_FILENO);
  ipc::write_all(caller.number(), "1");
}

}  // namespace axle::frontend
