#include "backend/guard.hpp"

#include "backend/strays.hpp"
#include "ipc/event_loop.hpp"
#include "ipc/fd.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <utility>

namespace axle::backend {

using namespace std::chrono_literals;

namespace {

constexpr auto sweep_time = 2s;

}  // namespace

Result<ipc::ExitStatus> run_guarded(pid_t caller,
                                    const std::filesystem::path& program,
                                    std::vector<std::string> arguments) {
  ipc::EventLoop loop;
  const ipc::UniqueFd callers_pidfd(static_cast<int>(syscall(SYS_pidfd_open, caller, 0)));
  // It may have ended long ago, and its number may be a stranger's.
  if (getppid() != caller) return ipc::ExitStatus{.signal = SIGKILL};
  if (!callers_pidfd) return fail_errno(errc::io_error, "cannot watch the caller", errno);
  const auto callers_end = loop.watch_exit(callers_pidfd.number());
  loop.watch_signals({SIGINT, SIGTERM, SIGHUP});
  TRY(auto child,
      ipc::ChildProcess::spawn({.program = program,
                                .arguments = std::move(arguments),
                                .session = ipc::SpawnOptions::Session::callers,
                                .with_caller = ipc::SpawnOptions::WithCaller::dies}));
  const auto end = loop.watch_exit(child.pidfd());
  Strays strays;
  for (;;) {
    const auto source = loop.next_event(ipc::no_deadline).source;
    if (source == callers_end) {
      strays.sweep({}, ipc::deadline_in(sweep_time));
      return ipc::ExitStatus{.signal = SIGKILL};
    }
    if (source == end) break;
  }
  const auto status = child.reap();
  const auto swept = strays.sweep({}, ipc::deadline_in(sweep_time));
  for (const auto& [fate, processes] :
       {std::pair{"were killed", swept.killed}, std::pair{"could not be killed", swept.left}}) {
    if (processes.empty()) continue;
    ipc::write_all(STDERR_FILENO,
                   fmt::format("axle-backend: {} left processes behind, which {}: {}\n",
                               program.filename().string(),
                               fate,
                               fmt::join(processes, ", ")));
  }
  return status;
}

int end_like(const ipc::ExitStatus& status) noexcept {
  if (status.signal == 0) return status.code;
  const rlimit none{};
  setrlimit(RLIMIT_CORE, &none);
  signal(status.signal, SIG_DFL);
  sigset_t unblocked;
  sigemptyset(&unblocked);
  sigaddset(&unblocked, status.signal);
  sigprocmask(SIG_UNBLOCK, &unblocked, nullptr);
  kill(getpid(), status.signal);
  return 128 + status.signal;
}

}  // namespace axle::backend
