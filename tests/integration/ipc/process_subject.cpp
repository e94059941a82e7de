// What the tests of ChildProcess start: tells what it was given, or misbehaves, by its first
// argument.
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

[[noreturn]] void wait_forever() {
  for (;;) ::pause();
}

int tell_fds() {
  std::string fds;
  for (int fd = 0; fd < 4096; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) fds += std::to_string(fd) + " ";
  }
  std::puts(fds.c_str());
  return 0;
}

int tell_signals() {
  sigset_t mask;
  ::sigprocmask(SIG_SETMASK, nullptr, &mask);
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action{};
    if (::sigaction(signal, nullptr, &action) != 0) continue;
    if (action.sa_handler != SIG_DFL) std::printf("%d is not at its default\n", signal);
    if (::sigismember(&mask, signal) == 1) std::printf("%d is blocked\n", signal);
  }
  std::puts("told");
  return 0;
}

// Answers each descriptor from 3 on with its own number.
int write_to_extra(int count) {
  for (int fd = 3; fd < 3 + count; ++fd) {
    const std::string text = "I am " + std::to_string(fd) + "\n";
    if (::write(fd, text.data(), text.size()) < 0) return 1;
  }
  return 0;
}

// A child that holds our stdout, and an end of ours that does not wait for it.
int leave_grandchild() {
  if (::fork() == 0) wait_forever();
  std::puts("parting");
  return 5;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "fds") return tell_fds();
  if (what == "signals") return tell_signals();
  if (what == "extra") return write_to_extra(std::atoi(argv[2]));
  if (what == "grandchild") return leave_grandchild();
  if (what == "exit") return std::atoi(argv[2]);
  if (what == "signal") {
    std::signal(SIGCHLD, SIG_DFL);
    ::prctl(PR_SET_DUMPABLE, 0);  // no core file
    return ::raise(std::atoi(argv[2]));
  }
  if (what == "ignore") {
    std::signal(std::atoi(argv[2]), SIG_IGN);
    std::puts("ignoring");
    std::fflush(stdout);
    wait_forever();
  }
  if (what == "session") {
    std::printf("%d %d %d\n", ::getpid(), ::getpgrp(), ::getsid(0));
    return 0;
  }
  if (what == "sleep") {
    ::poll(nullptr, 0, std::atoi(argv[2]));
    return 0;
  }
  if (what == "arguments") {
    for (int i = 2; i < argc; ++i) std::printf("[%s]\n", argv[i]);
    return 0;
  }
  return 99;
}
