#include "cli/signal_handlers.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>

namespace axle::cli {
namespace {

constexpr std::array signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

std::atomic<frontend::Cancellation*> target = nullptr;
static_assert(std::atomic<frontend::Cancellation*>::is_always_lock_free);

extern "C" void on_signal(int number) {
  const int saved = errno;
  if (frontend::Cancellation* cancellation = target.load()) {
    if (cancellation->times_requested() >= 2) ::_exit(128 + number);
    cancellation->request(number);
  }
  errno = saved;
}

}  // namespace

SignalHandlers::SignalHandlers(frontend::Cancellation& cancellation) noexcept {
  target = &cancellation;
  struct sigaction action{};
  action.sa_handler = on_signal;
  sigfillset(&action.sa_mask);
  // No SA_RESTART: a write that a full pipe holds up returns.
  for (const int number : signals) {
    struct sigaction before{};
    ::sigaction(number, nullptr, &before);
    if (before.sa_handler != SIG_IGN) ::sigaction(number, &action, nullptr);
  }
}

SignalHandlers::~SignalHandlers() {
  target = nullptr;
}

}  // namespace axle::cli
