#include "frontend/daemon/leased_process.hpp"

#include "ipc/poll_fds.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <utility>
#include <variant>

namespace axle::frontend {
namespace {

using namespace std::chrono_literals;

constexpr int death_ms = 2000;       // SIGKILL until the end
constexpr auto answer_time = 250ms;  // of a daemon that lives, and has seen the end as we have
constexpr ipc::ExitStatus unknown{.code = 256};

}  // namespace

LeasedProcess::LeasedProcess(DaemonConnection connection, pid_t pid, ipc::UniqueFd pidfd)
    : connection_(std::move(connection)), pid_(pid), pidfd_(std::move(pidfd)) {}

void LeasedProcess::send_signal(int signal) noexcept {
  ::syscall(SYS_pidfd_send_signal, pidfd_.number(), signal, nullptr, 0);
}

ipc::ExitStatus LeasedProcess::reap() noexcept {
  if (status_) return *status_;
  pollfd end{.fd = pidfd_.number(), .events = POLLIN, .revents = 0};
  while (ipc::poll_fd(end, death_ms) < 0 && errno == EINTR) {
  }
  try {
    const auto answer = connection_.ask(ReapRequest{}, ipc::deadline_in(answer_time));
    const auto* reaped = answer ? std::get_if<ReapReply>(&answer->reply) : nullptr;
    status_ = reaped != nullptr ? ipc::ExitStatus::from_wait_status(reaped->status) : unknown;
  } catch (const std::bad_alloc&) {
    status_ = unknown;
  }
  return *status_;
}

bool LeasedProcess::give_back(const ipc::Started& started) noexcept {
  try {
    return connection_.tell(ReturnRequest{.started = ipc::encode(ipc::BackendEvent(started))});
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace axle::frontend
