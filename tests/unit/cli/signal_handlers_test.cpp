#include "cli/signal_handlers.hpp"

#include "frontend/cancellation.hpp"

#include <doctest/doctest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace axle;

TEST_SUITE_BEGIN("cli::signal_handlers");

namespace {

// The wait status of a child that does this; its exit code is the signal that `body` returns.
template <class Body>
int status_of(const Body& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return status;
}

}  // namespace

TEST_CASE(
    "A signal cancels while a command runs, and once it has ended takes nothing of its exit code") {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    const int status = status_of([&] {
      frontend::Cancellation cancellation;
      {
        const cli::SignalHandlers handlers(cancellation);
        ::raise(number);
      }
      const int reason = cancellation.signal();
      for (int i = 0; i < 3; ++i) ::raise(number);
      return reason;
    });
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == number);
  }
}

TEST_CASE("What was ignored before stays ignored") {
  const int status = status_of([] {
    ::signal(SIGHUP, SIG_IGN);
    frontend::Cancellation cancellation;
    const cli::SignalHandlers handlers(cancellation);
    ::raise(SIGHUP);
    return cancellation.requested() ? 1 : 0;
  });
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_SUITE_END();
