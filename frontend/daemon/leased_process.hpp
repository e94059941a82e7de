// An axle-backend that a daemon has lent us: watched and signalled by us, reaped by the daemon.
#pragma once

#include "frontend/daemon/connection.hpp"
#include "frontend/host_process.hpp"
#include "ipc/fd.hpp"

#include <optional>

namespace axle::frontend {

/// The lease is over with its connection: the daemon then ends a process that was not given back.
/// Without the daemon it leaves by itself when nobody holds its stdin.
class LeasedProcess final : public HostProcess {
 public:
  LeasedProcess(DaemonConnection connection, pid_t pid, ipc::UniqueFd pidfd);

  [[nodiscard]] pid_t pid() const noexcept override { return pid_; }
  [[nodiscard]] int pidfd() const noexcept override { return pidfd_.number(); }
  void send_signal(int signal) noexcept override;
  /// The process alone: nothing else is in its group, and its number may be a stranger's where the
  /// daemon is gone.
  void send_signal_to_group(int signal) noexcept override { send_signal(signal); }
  ipc::ExitStatus reap() noexcept override;
  [[nodiscard]] bool shared() const noexcept override { return true; }
  bool give_back(const ipc::Started& started) noexcept override;

 private:
  DaemonConnection connection_;
  pid_t pid_;
  ipc::UniqueFd pidfd_;
  std::optional<ipc::ExitStatus> status_;
};

}  // namespace axle::frontend
