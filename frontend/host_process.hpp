// The process of an axle-backend as its supervisor sees it: a child of ours, or one that a daemon
// has lent us.
#pragma once

#include "ipc/child_process.hpp"
#include "ipc/event.hpp"
#include "ipc/fd.hpp"

#include <sys/types.h>

#include <memory>

namespace axle::frontend {

/// One process. Not thread-safe; may be moved between threads. Destruction ends the process, or has
/// it ended by whom it belongs to.
class HostProcess {
 public:
  HostProcess() = default;
  HostProcess(const HostProcess&) = delete;
  HostProcess& operator=(const HostProcess&) = delete;
  virtual ~HostProcess() = default;

  [[nodiscard]] virtual pid_t pid() const noexcept = 0;
  /// Readable once the process has ended. The same for life.
  [[nodiscard]] virtual int pidfd() const noexcept = 0;
  virtual void send_signal(int signal) noexcept = 0;
  virtual void send_signal_to_group(int signal) noexcept = 0;
  /// Waits for the end of a process that is known to end, or was sent SIGKILL, and tells how it
  /// was; asked again, the same. Code 256 where nobody can tell.
  virtual ipc::ExitStatus reap() noexcept = 0;

  /// Others use it before and after us: each command has to bring its environment and umask.
  [[nodiscard]] virtual bool shared() const noexcept { return false; }
  /// Gives it back alive to those others, who will be told `started`. False: it is ours to end.
  virtual bool give_back(const ipc::Started& /*started*/) noexcept { return false; }
};

/// A child of this process.
std::unique_ptr<HostProcess> own_process(ipc::ChildProcess child);

/// Our ends of an axle-backend's channels. What is behind the numbers may be shared with the
/// daemon, so flags of theirs are left alone.
struct HostChannels {
  ipc::UniqueFd in;   ///< Commands go here.
  ipc::UniqueFd out;  ///< What hooks print.
  ipc::UniqueFd err;
  ipc::UniqueFd control;  ///< Events come from here; a socket.
};

}  // namespace axle::frontend
