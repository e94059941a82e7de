#include "backend/native_runner.hpp"

#include "backend/failure.hpp"
#include "backend/native_hook.hpp"
#include "backend/wait_readable.hpp"
#include "ipc/outcome.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>

namespace axle::backend {
namespace {

using ipc::ExitStatus;

constexpr auto death_time = std::chrono::seconds{1};          // SIGKILL until the end
constexpr std::size_t longest_answer = std::size_t{1} << 20;  // bytes

/// Where memory runs out, a hook goes before the host.
void offer_for_oom() {
  const ipc::UniqueFd file(open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC));
  char text[16] = {};
  if (!file || read(file.number(), text, sizeof text - 1) <= 0) return;
  ipc::write_all(file.number(), std::to_string(std::min(std::atoi(text) + 500, 1000)));
}

/// In the forked child: a session of its own, signals as a new program has them, and no descriptor
/// but the first three and the pipe for the answer, which moves out of the way of careless hooks.
int become_hook_process(int reply_fd, ipc::Stdio out, ipc::Stdio err) {
  setsid();
  offer_for_oom();
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (out.kind == ipc::Stdio::Kind::fd) dup2(out.fd_number, STDOUT_FILENO);
  if (err.kind == ipc::Stdio::Kind::fd) dup2(err.fd_number, STDERR_FILENO);
  int reply = fcntl(reply_fd, F_DUPFD_CLOEXEC, 512);
  if (reply < 0) reply = reply_fd;
  syscall(SYS_close_range, 3U, static_cast<unsigned>(reply - 1), 0U);
  syscall(SYS_close_range, static_cast<unsigned>(reply + 1), ~0U, 0U);
  return reply;
}

Result<HookProcess> fork_hook(ipc::Stdio out,
                              ipc::Stdio err,
                              const std::function<void(int reply_fd)>& inside) {
  TRY(auto reply, ipc::make_pipe());
  const pid_t host = getpid();
  const pid_t pid = fork();
  if (pid < 0) return fail_errno(errc::io_error, "cannot start a hook process", errno);
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // the host has one thread, and it is the one that forks
    if (getppid() != host) _exit(70);
    inside(become_hook_process(reply.write_end.number(), out, err));
    _exit(70);
  }
  HookProcess process;
  process.pid = pid;
  process.pidfd.reset(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  process.reply = std::move(reply.read_end);
  process.reply_writer = std::move(reply.write_end);
  if (!process.pidfd) {
    const int error = errno;
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    return fail_errno(errc::io_error, "cannot watch the hook process", error);
  }
  return process;
}

ExitStatus wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return ExitStatus::from_wait_status(status);
}

/// All of a pipe until its end, which is not far.
Result<std::string> read_answer(int fd, ipc::Deadline deadline) {
  std::string answer;
  char buffer[65536];
  for (;;) {
    if (!wait_readable(fd, deadline)) {
      return fail(errc::timed_out, "loading the library takes too long; gave up waiting");
    }
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return answer;
    answer.append(buffer, static_cast<std::size_t>(got));
    if (answer.size() > longest_answer) {
      return fail(errc::protocol_error, "loading the library wrote more than its hooks' names");
    }
  }
}

}  // namespace

Result<BackendInfo> NativeRunner::start(ipc::Deadline deadline) {
  TRY(auto process, fork_hook(out_, err_, [&](int reply) { answer_hook_names(library_, reply); }));
  process.reply_writer.reset();
  const auto answer = read_answer(process.reply.number(), deadline);
  kill(-process.pid, SIGKILL);
  kill(process.pid, SIGKILL);
  if (!wait_readable(process.pidfd.number(), ipc::deadline_in(death_time))) {
    return fail(
        errc::timed_out,
        fmt::format("process {} hangs in the kernel while it loads the library", process.pid));
  }
  const ExitStatus status = wait_for(process.pid);
  const std::string name = std::string(native_prefix) + library_.string();
  if (!answer) return std::unexpected(answer.error());
  auto outcome = ipc::decode_outcome(*answer);
  if (!outcome) return std::unexpected(import_error(name, died("loading the library", status)));
  if (auto* failure = std::get_if<ipc::HookFailure>(&*outcome)) {
    return std::unexpected(import_error(name, std::move(*failure)));
  }
  BackendInfo info;
  info.description = fmt::format("NativeBackend({})", library_.string());
  TRY(info.hooks, ipc::as_string_list(std::get<ipc::Returned>(*outcome).value));
  info.hook_isolation = "forked";
  return info;
}

Result<HookProcess> NativeRunner::launch(const ipc::Command& command) {
  return fork_hook(out_, err_, [&](int reply) { run_native_hook(library_, command, reply); });
}

ExitStatus NativeRunner::reap(const HookProcess& process) {
  return wait_for(process.pid);
}

}  // namespace axle::backend
