#include "frontend/suspension.hpp"

#include "ipc/clock.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <mutex>
#include <set>
#include <utility>

namespace axle::frontend {
namespace {

struct Registry {
  std::mutex mutex;
  std::set<int> pidfds;
};

Registry& registry() {
  static Registry only;
  return only;
}

void tell_all(int signal) noexcept {
  const std::scoped_lock lock(registry().mutex);
  for (const int pidfd : registry().pidfds) {
    syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0);
  }
}

}  // namespace

Suspendable::Suspendable(int pidfd) : pidfd_(pidfd) {
  const std::scoped_lock lock(registry().mutex);
  registry().pidfds.insert(pidfd_);
}

Suspendable::Suspendable(Suspendable&& other) noexcept : pidfd_(std::exchange(other.pidfd_, -1)) {}

Suspendable::~Suspendable() {
  if (pidfd_ < 0) return;
  const std::scoped_lock lock(registry().mutex);
  registry().pidfds.erase(pidfd_);
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
