#include "frontend/cancellation.hpp"

#include <doctest/doctest.h>

#include <poll.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

using axle::errc;
using axle::frontend::Cancellation;

TEST_SUITE_BEGIN("frontend::Cancellation");

namespace {

bool readable(const Cancellation& cancellation) {
  pollfd entry{.fd = cancellation.fd(), .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) == 1;
}

Cancellation* in_handler = nullptr;

}  // namespace

TEST_CASE("Cancellation is seen by its flag and by its descriptor") {
  Cancellation cancellation;
  CHECK(!cancellation.requested());
  CHECK(cancellation.times_requested() == 0);
  CHECK(cancellation.signal() == 0);
  CHECK(!readable(cancellation));
  cancellation.request(SIGTERM);
  CHECK(cancellation.requested());
  CHECK(cancellation.signal() == SIGTERM);
  CHECK(readable(cancellation));
  CHECK(readable(cancellation));
}

TEST_CASE("L3 The first reason stays and every request counts") {
  Cancellation by_signal;
  by_signal.request(SIGINT);
  by_signal.request(SIGTERM);
  CHECK(by_signal.signal() == SIGINT);
  CHECK(by_signal.times_requested() == 2);
  Cancellation by_caller;
  by_caller.request();
  by_caller.request(SIGINT);
  CHECK(by_caller.signal() == 0);
  CHECK(by_caller.times_requested() == 2);
}

TEST_CASE("Cancellation keeps the words of the first reason") {
  Cancellation cancellation;
  cancellation.request("another build failed: a");
  cancellation.request("another build failed: b");
  cancellation.request(SIGINT);
  CHECK(cancellation.reason() == "another build failed: a");
  CHECK(cancellation.signal() == 0);
  CHECK(cancellation.times_requested() == 3);
  CHECK(readable(cancellation));
  const auto error = cancellation.error("building a wheel");
  CHECK(error.code == errc::cancelled);
  CHECK(error.message == "stopped while building a wheel: another build failed: a");
  Cancellation by_signal;
  by_signal.request(SIGTERM);
  by_signal.request("another build failed: a");
  CHECK(by_signal.reason() == "SIGTERM");
  CHECK(by_signal.error("x").message == "stopped by SIGTERM while x");
  Cancellation by_caller;
  by_caller.request();
  CHECK(by_caller.reason() == "a request of the caller");
}

TEST_CASE("The error of what was stopped tells the signal and what was being done") {
  Cancellation by_signal;
  by_signal.request(SIGINT);
  auto error = by_signal.error("building a wheel");
  CHECK(error.code == errc::cancelled);
  CHECK(error.message == "stopped by SIGINT while building a wheel");
  CHECK(error.signal == SIGINT);
  CHECK(axle::exit_code(error) == 130);
  Cancellation by_caller;
  by_caller.request();
  error = by_caller.error("building a wheel");
  CHECK(error.message == "stopped while building a wheel");
  CHECK(error.signal == 0);
}

TEST_CASE("Cancellation is requested from a signal handler which leaves errno alone") {
  Cancellation cancellation;
  in_handler = &cancellation;
  const auto before = std::signal(SIGUSR1, [](int number) { in_handler->request(number); });
  errno = ENOENT;
  ::raise(SIGUSR1);
  CHECK(errno == ENOENT);
  std::signal(SIGUSR1, before);
  CHECK(cancellation.signal() == SIGUSR1);
  CHECK(readable(cancellation));
}

TEST_CASE("Requests from many threads at once are all counted and one reason stays") {
  Cancellation cancellation;
  std::vector<std::thread> threads;
  for (const int signal : {1, 2, 3, 4}) {
    threads.emplace_back([&, signal] {
      for (int i = 0; i < 500; ++i) {
        cancellation.request(signal);
        cancellation.request("words " + std::to_string(signal));
      }
      CHECK(!cancellation.reason().empty());
      CHECK(cancellation.signal() >= 0);
      CHECK(cancellation.signal() <= 4);
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(cancellation.times_requested() == 4000);
}

TEST_SUITE_END();
