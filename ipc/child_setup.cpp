#include "ipc/child_setup.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace axle::ipc {
namespace {

constexpr int step_shift = 16;

bool failed(ChildSetup::Step step, int errno_value) noexcept {
  errno = ChildSetup::encode(step, errno_value);
  return false;
}

void reset_signals() noexcept {
  struct sigaction default_action{};
  default_action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &default_action, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void close_on_exec_from(int first, rlim_t most_fds) noexcept {
  if (::syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  for (auto fd = static_cast<rlim_t>(first); fd < most_fds; ++fd) {
    ::fcntl(static_cast<int>(fd), F_SETFD, FD_CLOEXEC);
  }
}

}  // namespace

bool ChildSetup::run(int error_pipe) const noexcept {
  if (error_pipe < count) return failed(Step::error_pipe_in_the_way, EBUSY);
  if (own_session) ::setsid();
  if (death_signal != 0) {
    ::prctl(PR_SET_PDEATHSIG, death_signal);
    if (::getppid() != caller) leave();
  }
  reset_signals();
  if (folder != nullptr && ::chdir(folder) != 0) return failed(Step::enter_folder, errno);
  for (int target = 0; target < count; ++target) {
    while (::dup2(sources[target].number(), target) < 0) {
      if (errno != EINTR) return failed(Step::place_descriptors, errno);
    }
  }
  close_on_exec_from(count, most_fds);
  return true;
}

void ChildSetup::leave() noexcept {
  // Not _exit: ThreadSanitizer's flushes buffers.
  for (;;) ::syscall(SYS_exit_group, 127);
}

int ChildSetup::encode(Step step, int errno_value) noexcept {
  return (static_cast<int>(step) << step_shift) | errno_value;
}

ChildSetup::Step ChildSetup::step_of(int encoded) noexcept {
  return static_cast<Step>(encoded >> step_shift);
}

int ChildSetup::errno_of(int encoded) noexcept {
  return encoded & ((1 << step_shift) - 1);
}

}  // namespace axle::ipc
