// A client's end of a connection to the daemon.
#pragma once

#include "frontend/cancellation.hpp"
#include "frontend/daemon/messages.hpp"
#include "ipc/error.hpp"
#include "ipc/event_loop.hpp"
#include "ipc/fd.hpp"

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace axle::frontend {

/// Not thread-safe; may be moved between threads.
class DaemonConnection {
 public:
  /// Connects without waiting. Fails with `errc::backend_gone` where nobody listens, and with
  /// `errc::io_error` where it is somebody else's daemon, or one that takes nobody.
  static Result<DaemonConnection> open(const std::filesystem::path& socket);

  struct Answer {
    DaemonReply reply;
    std::vector<ipc::UniqueFd> fds;
  };
  /// Sends a request and waits for its reply. Fails with `errc::backend_gone` if the daemon hangs
  /// up, `errc::timed_out`, `errc::protocol_error`, `errc::io_error`, and `errc::cancelled` where a
  /// cancellation is given.
  Result<Answer> ask(const DaemonRequest& request,
                     ipc::Deadline deadline,
                     const Cancellation* cancellation = nullptr);
  /// Sends a request that has no reply; false: it was not sent whole.
  bool tell(const DaemonRequest& request) noexcept;

  /// Waits until the daemon hangs up; false: it had not by then. Fails with `errc::cancelled`.
  Result<bool> await_end(ipc::Deadline deadline, const Cancellation& cancellation);

  [[nodiscard]] pid_t daemon_pid() const noexcept { return pid_; }

 private:
  DaemonConnection(ipc::UniqueFd socket, pid_t pid) : socket_(std::move(socket)), pid_(pid) {}

  ipc::UniqueFd socket_;
  pid_t pid_;
  std::string received_;
};

}  // namespace axle::frontend
