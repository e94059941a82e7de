#include "ipc/poll_fds.hpp"

#include "ipc/fd.hpp"

#include <doctest/doctest.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <span>

using namespace axle::ipc;

TEST_SUITE_BEGIN("ipc::poll_fds");

namespace {

/// The line of the first claim that does not hold; 0 if all do.
int first_broken_claim(const Pipe& pipe) {
  std::array<pollfd, 3> fds{{{pipe.read_end.number(), POLLIN, 0},
                             {-1, POLLIN, 0},
                             {pipe.write_end.number(), POLLOUT, 0}}};
  if (poll_fds(std::span(fds).first(2), 10) != 0) return __LINE__;
  if (poll_fds(fds, -1) != 1 || fds[0].revents != 0) return __LINE__;
  if ((fds[2].revents & POLLOUT) == 0) return __LINE__;
  if (::write(pipe.write_end.number(), "x", 1) != 1) return __LINE__;
  if (poll_fds(fds, -1) != 2 || (fds[0].revents & POLLIN) == 0) return __LINE__;
  return poll_fd(fds[0], 0) == 1 ? 0 : __LINE__;
}

int in_child(rlim_t most_fds) {
  const Pipe pipe = make_pipe().value();
  const pid_t pid = ::fork();
  if (pid == 0) {
    const rlimit limit{most_fds, most_fds};
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) ::_exit(255);
    ::_exit(first_broken_claim(pipe));
  }
  int status = -1;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("J1 Descriptors are waited for with any limit of their number") {
  CHECK(in_child(64) == 0);
  CHECK(in_child(2) == 0);
  CHECK(in_child(0) == 0);
}

TEST_SUITE_END();
