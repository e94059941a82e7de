#include "cli/job_control.hpp"

#include "frontend/suspension.hpp"

#include <cerrno>

namespace axle::cli {
namespace {

extern "C" void on_stop(int number) {
  const int saved = errno;
  frontend::suspend();
  // By the signal's own action, as the shell expects it; it takes effect where it is unblocked.
  struct sigaction own_action{};
  own_action.sa_handler = SIG_DFL;
  struct sigaction ours{};
  ::sigaction(number, &own_action, &ours);
  ::raise(number);
  sigset_t stop;
  ::sigemptyset(&stop);
  ::sigaddset(&stop, number);
  ::pthread_sigmask(SIG_UNBLOCK, &stop, nullptr);
  ::pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  ::sigaction(number, &ours, nullptr);
  frontend::resume();
  errno = saved;
}

}  // namespace

JobControl::JobControl() noexcept {
  struct sigaction before{};
  if (::sigaction(SIGTSTP, nullptr, &before) != 0 || before.sa_handler == SIG_IGN) return;
  struct sigaction action{};
  action.sa_handler = on_stop;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  if (::sigaction(SIGTSTP, &action, nullptr) == 0) before_ = before;
}

JobControl::~JobControl() {
  if (before_) ::sigaction(SIGTSTP, &*before_, nullptr);
}

}  // namespace axle::cli
