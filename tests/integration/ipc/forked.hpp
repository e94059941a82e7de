// Runs part of a test in a forked copy of the test program, where descriptors, limits, signals and
// system calls can be spoiled without harm to the others.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <dirent.h>

namespace axle::test {

/// Forks, runs `body` and returns what it returned (0 to 99), 128 + the signal that ended the copy
/// (SIGALRM after a minute), or -1 if there was no fork.
template <class Body>
int in_fork(Body body) {
  std::fflush(nullptr);  // or the copy writes what waits as well
  const pid_t copy = ::fork();
  if (copy < 0) return -1;
  if (copy == 0) {
    ::alarm(60);
    ::_exit(body());
  }
  int status = 0;
  while (::waitpid(copy, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Of this process, without the one that counts.
inline int count_open_fds() {
  DIR* folder = ::opendir("/proc/self/fd");
  int count = 0;
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count - 3;  // "." and ".." and the folder itself
}

/// Whether this process has no child, running or zombie.
inline bool has_no_children() {
  return ::waitid(P_ALL, 0, nullptr, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD;
}

}  // namespace axle::test
