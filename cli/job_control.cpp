#include "cli/job_control.hpp"

#include "frontend/suspension.hpp"

#include <system_error>

namespace axle::cli {
namespace {

sigset_t only_stop() noexcept {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTSTP);
  return set;
}

}  // namespace

JobControl::JobControl() {
  struct sigaction action{};
  if (::sigaction(SIGTSTP, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) return;
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &mask_before_);
  sigset_t mask = mask_before_;
  try {
    thread_ = std::thread(&JobControl::serve, this);  // every other signal is for the other threads
    ::sigaddset(&mask, SIGTSTP);
  } catch (const std::system_error&) {  // no thread is to be had: Ctrl-Z stops axle alone
  }
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
}

JobControl::~JobControl() {
  if (!thread_.joinable()) return;
  ending_ = true;
  ::pthread_kill(thread_.native_handle(), SIGTSTP);
  thread_.join();
  ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

void JobControl::serve() {
  const sigset_t stop = only_stop();
  for (int number = 0; ::sigwait(&stop, &number) == 0 && !ending_;) {
    frontend::suspend();
    // By the signal's own action, as the shell expects it; it takes effect where it is unblocked.
    ::raise(SIGTSTP);
    ::pthread_sigmask(SIG_UNBLOCK, &stop, nullptr);
    ::pthread_sigmask(SIG_BLOCK, &stop, nullptr);
    frontend::resume();
  }
}

}  // namespace axle::cli
