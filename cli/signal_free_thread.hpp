// A thread beside the one that builds.
#pragma once

#include <signal.h>

#include <thread>
#include <utility>

namespace axle::cli {

/// Runs `body` in a thread that takes none of the process's signals: they are for the thread that
/// builds. Throws std::system_error where the system gives no thread.
template <class Body>
std::thread thread_without_signals(Body&& body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  struct Restore {
    const sigset_t& mask;
    ~Restore() { pthread_sigmask(SIG_SETMASK, &mask, nullptr); }
  } const restore{before};
  return std::thread(std::forward<Body>(body));
}

}  // namespace axle::cli
