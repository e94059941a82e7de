#include "frontend/daemon/become_daemon.hpp"

#include "ipc/event_loop.hpp"
#include "ipc/poll_fds.hpp"
#include "ipc/unix_socket.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

namespace axle::frontend {
namespace {

using namespace std::chrono_literals;

constexpr auto listen_time = 1s;
constexpr auto log_age = std::chrono::days(7);

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
    ipc::poll_fd(changed, static_cast<int>(left.count()));
    std::array<char, 4096> told;
    while (::read(names.number(), told.data(), told.size()) > 0) {
    }
  }
  return {};
}

bool is_old(const std::filesystem::path& file) {
  std::error_code error;
  const auto changed = std::filesystem::last_write_time(file, error);
  return !error && changed + log_age < std::filesystem::file_time_type::clock::now();
}

/// What daemons of other builds of axle, or of other surroundings, have left: the socket of one
/// that was killed, at once, and a log that nobody has added to for long. Only who has the lock of
/// a place may touch it.
void tidy_up_beside(const DaemonPlace& own) {
  for (const DaemonPlace& place : known_places(own)) {
    if (place.name == own.name) continue;
    const auto lock = FileLock::try_take(place.lock());
    if (!lock || !lock->held()) continue;
    ::unlink(place.socket().c_str());
    if (is_old(place.log())) ::unlink(place.log().c_str());
  }
}

}  // namespace

Result<std::optional<Listening>> take_place(const DaemonPlace& place) {
  TRY(auto lock, FileLock::try_take(place.lock()));
  if (!lock.held()) {
    TRY(await_listener(place));
    return std::nullopt;
  }
  // Whatever lies there is of one that has died: only who has the lock makes a socket.
  TRY(auto socket, ipc::listen_at(place.socket()));
  tidy_up_beside(place);
  return Listening{.lock = std::move(lock), .socket = std::move(socket)};
}

Result<ipc::UniqueFd> detach() {
  TRY(auto word, ipc::make_pipe());
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno(errc::io_error, "cannot start a process", errno);
  if (pid > 0) {
    word.write_end.reset();
    ipc::write_all(STDOUT_FILENO, fmt::format("{}\n", pid));
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
