// What the tests of ChildProcess start: tells what it was given, or misbehaves, by its first
// argument.
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
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

// Tells each descriptor from 3 on its own number.
int write_to_extra(int count) {
  for (int fd = 3; fd < 3 + count; ++fd) {
    const std::string text = "I am " + std::to_string(fd) + "\n";
    if (::write(fd, text.data(), text.size()) < 0) return 1;
  }
  return 0;
}

// A child that holds our stdout, and an end of ours that does not wait for it.
int leave_grandchild() {
  const pid_t grandchild = ::fork();
  if (grandchild == 0) wait_forever();
  std::printf("%d\n", grandchild);
  std::printf("unfinished");
  return 5;
}

int ignore(int signal) {
  std::signal(signal, SIG_IGN);
  std::puts("ignoring");
  std::fflush(stdout);
  wait_forever();
}

int write_much(std::size_t size) {
  const std::string bytes(size, 'm');
  std::fwrite(bytes.data(), 1, bytes.size(), stdout);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  const int number = argc > 2 ? std::atoi(argv[2]) : 0;
  if (what == "fds") return tell_fds();
  if (what == "signals") return tell_signals();
  if (what == "extra") return write_to_extra(number);
  if (what == "grandchild") return leave_grandchild();
  if (what == "exit") return number;
  if (what == "ignore") return ignore(number);
  if (what == "much") return write_much(static_cast<std::size_t>(number));
  if (what == "wait") wait_forever();
  if (what == "flood") {
    for (;;) std::puts("flood");
  }
  if (what == "sleep") {
    ::poll(nullptr, 0, number);
    return 0;
  }
  if (what == "signal") {
    ::prctl(PR_SET_DUMPABLE, 0);  // no core file
    return ::raise(number);
  }
  if (what == "session") {
    std::printf("%d %d\n", ::getpgrp() == ::getpid(), ::getsid(0) == ::getpid());
    return 0;
  }
  if (what == "arguments") {
    for (int i = 0; i < argc; ++i) std::printf("[%s]", argv[i]);
    return 0;
  }
  if (what == "environment") {
    for (char** entry = ::environ; *entry != nullptr; ++entry) std::puts(*entry);
    return 0;
  }
  if (what == "folder") {
    char folder[4096];
    std::puts(::getcwd(folder, sizeof(folder)));
    return 0;
  }
  if (what == "both") {
    std::puts("to stdout");
    std::fputs("to stderr\n", stderr);
    return number;
  }
  if (what == "echo") {
    for (int byte = std::getchar(); byte != EOF; byte = std::getchar()) std::putchar(byte);
    return 0;
  }
  return 99;
}
