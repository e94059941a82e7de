#include "ipc/process_state.hpp"

#include <doctest/doctest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

using namespace axle::ipc;

TEST_SUITE_BEGIN("ipc::process_state");

TEST_CASE("A living process has a state and a parent, and one that is reaped has none") {
  const pid_t child = ::fork();
  if (child == 0) {
    while (true) ::pause();
  }
  CHECK(process_state(child) != '\0');
  CHECK(parent_of_living(child) == ::getpid());
  CHECK(!is_ending(child));
  ::kill(child, SIGKILL);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  CHECK(process_state(child) == '\0');
  CHECK(!parent_of_living(child));
  CHECK(is_ending(child));
}

TEST_CASE("B3 Processes that vanish while they are looked at are gone, and no error") {
  std::atomic<pid_t> current = 0;
  std::atomic<bool> over = false;
  std::thread looker([&] {
    while (!over) {
      if (const pid_t pid = current; pid > 0) {
        (void)process_state(pid);
        (void)is_ending(pid);
      }
    }
  });
  // A looker that does not expect it meets one within a hundred. Each costs two turns at a
  // processor, which others may keep for long.
  for (int i = 0; i < 500; ++i) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    current = child;
    ::waitpid(child, nullptr, 0);
  }
  over = true;
  looker.join();
}

TEST_SUITE_END();
