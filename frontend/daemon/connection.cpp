#include "frontend/daemon/connection.hpp"

#include "ipc/poll_fds.hpp"
#include "ipc/unix_socket.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

namespace axle::frontend {
namespace {

/// Waits until `fd` can be read; `errc::timed_out` or `errc::cancelled` otherwise.
Result<> await_readable(int fd, ipc::Deadline deadline, const Cancellation* cancellation) {
  std::array<pollfd, 2> ends{
      pollfd{.fd = fd, .events = POLLIN, .revents = 0},
      pollfd{
          .fd = cancellation != nullptr ? cancellation->fd() : -1, .events = POLLIN, .revents = 0}};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - ipc::Clock::now());
    const auto most = std::clamp<std::int64_t>(left.count(), 0, 3'600'000);
    const int ready = ipc::poll_fds(ends, static_cast<int>(most));
    if (ready < 0 && errno != EINTR) return fail_errno(errc::io_error, "cannot wait", errno);
    if (ends[1].revents != 0 && ready > 0) {
      return std::unexpected(cancellation->error("asking the daemon"));
    }
    if (ready > 0) return {};
    if (ready == 0 && left.count() <= 0) return fail(errc::timed_out, "the daemon does not answer");
  }
}

}  // namespace

Result<DaemonConnection> DaemonConnection::open(const std::filesystem::path& socket) {
  TRY(auto fd, ipc::connect_to(socket));
  TRY(const auto peer, ipc::peer_of(fd.number()));
  if (peer.uid != ::geteuid()) {
    return fail(errc::io_error, "the daemon at " + socket.string() + " is another user's");
  }
  return DaemonConnection(std::move(fd), peer.pid);
}

bool DaemonConnection::tell(const DaemonRequest& request) noexcept {
  try {
    const std::string line = encode(request) + "\n";
    // It fits the buffer of the socket, or the daemon has not read for long.
    const ssize_t sent =
        ::send(socket_.number(), line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent == static_cast<ssize_t>(line.size());
  } catch (const std::bad_alloc&) {
    return false;
  }
}

Result<DaemonConnection::Answer> DaemonConnection::ask(const DaemonRequest& request,
                                                       ipc::Deadline deadline,
                                                       const Cancellation* cancellation) {
  if (!tell(request)) return fail(errc::backend_gone, "the daemon takes no requests");
  std::vector<ipc::UniqueFd> fds;
  for (;;) {
    if (const auto end = received_.find('\n'); end != std::string::npos) {
      TRY(auto reply, decode_daemon_reply(received_.substr(0, end)));
      received_.erase(0, end + 1);
      return Answer{.reply = std::move(reply), .fds = std::move(fds)};
    }
    if (received_.size() > longest_daemon_message) {
      return fail(errc::protocol_error, "the daemon's answer has no end");
    }
    TRY(await_readable(socket_.number(), deadline, cancellation));
    TRY(auto received, ipc::receive_with_fds(socket_.number(), 4096));
    if (received.bytes.empty()) return fail(errc::backend_gone, "the daemon has hung up");
    received_ += received.bytes;
    for (auto& fd : received.fds) fds.push_back(std::move(fd));
  }
}

Result<bool> DaemonConnection::await_end(ipc::Deadline deadline, const Cancellation& cancellation) {
  for (;;) {
    if (auto readable = await_readable(socket_.number(), deadline, &cancellation); !readable) {
      if (readable.error().code == errc::timed_out) return false;
      return std::unexpected(std::move(readable).error());
    }
    TRY(const auto received, ipc::receive_with_fds(socket_.number(), 4096));
    if (received.bytes.empty()) return true;
  }
}

}  // namespace axle::frontend
