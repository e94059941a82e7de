#include "frontend/suspension.hpp"

#include "ipc/clock.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

namespace axle::frontend {
namespace {

// There before main: a signal handler asks for them.
constinit std::mutex mutex;
// No memory is asked for under the lock: the handler may have interrupted the allocator.
constinit std::array<int, 1024> pidfds{};  // 0: free

/// Keeps Ctrl-Z out of the thread that has the lock, which its handler waits for.
class Locked {
 public:
  Locked() {
    sigset_t stop;
    ::sigemptyset(&stop);
    ::sigaddset(&stop, SIGTSTP);
    ::pthread_sigmask(SIG_BLOCK, &stop, &before_);
    mutex.lock();
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
  ~Locked() {
    mutex.unlock();
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t before_{};
};

void tell_all(int signal) noexcept {
  const Locked lock;
  for (const int pidfd : pidfds) {
    if (pidfd > 0) syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0);
  }
}

}  // namespace

Suspendable::Suspendable(int pidfd) : pidfd_(pidfd) {
  const Locked lock;
  if (const auto free = std::ranges::find(pidfds, 0); free != pidfds.end()) *free = pidfd_;
}

Suspendable::Suspendable(Suspendable&& other) noexcept : pidfd_(std::exchange(other.pidfd_, -1)) {}

Suspendable::~Suspendable() {
  if (pidfd_ < 0) return;
  const Locked lock;
  if (const auto found = std::ranges::find(pidfds, pidfd_); found != pidfds.end()) *found = 0;
}

void suspend() noexcept {
  ipc::Clock::freeze();
  tell_all(SIGTSTP);
}

void resume() noexcept {
  tell_all(SIGCONT);
  ipc::Clock::thaw();
}

}  // namespace axle::frontend
