// ChildProcess where the system is against it. What spoils the process runs in a forked copy.
#include "ipc/child_process.hpp"
#include "tests/integration/ipc/forked.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

using axle::errc;
using axle::ipc::ChildProcess;
using axle::ipc::ExitStatus;
using axle::ipc::SpawnOptions;
using axle::ipc::Stdio;
using axle::ipc::UniqueFd;
using axle::test::count_open_fds;
using axle::test::has_no_children;
using axle::test::in_fork;
using axle::test::TempDir;

TEST_SUITE_BEGIN("ipc::ChildProcess faults");

namespace {

SpawnOptions subject(std::vector<std::string> arguments) {
  return {.program = AXLE_PROCESS_SUBJECT, .arguments = std::move(arguments)};
}

// Makes one system call fail with EPERM from now on, here and in all children.
bool refuse(unsigned system_call) {
  std::array<sock_filter, 4> code{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, system_call, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const sock_fprog program{.len = code.size(), .filter = code.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

std::string read_to_end(int fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

std::string output_of(SpawnOptions options) {
  options.stdout_ = Stdio::pipe();
  auto child = ChildProcess::spawn(options);
  if (!child) return child.error().message;
  const UniqueFd output = child->take_stdout();
  return read_to_end(output.number());
}

}  // namespace

TEST_CASE("I7 Where pidfd_open is refused nothing runs and the error is clean") {
  const TempDir dir;
  CHECK(in_fork([&] {
          const int fds = count_open_fds();
          if (!refuse(SYS_pidfd_open)) return 1;
          auto options = subject({"wait"});
          options.stdin_ = Stdio::pipe();
          const auto child = ChildProcess::spawn(options);
          if (child) return 2;
          if (child.error().code != errc::io_error) return 3;
          if (child.error().message != "cannot get a pidfd to watch " AXLE_PROCESS_SUBJECT
                                       ": Operation not permitted") {
            return 4;
          }
          if (!has_no_children()) return 5;
          if (count_open_fds() != fds) return 6;
          return 0;
        }) == 0);
}

TEST_CASE("I7 Where close_range is refused the child has no other descriptors either") {
  CHECK(in_fork([] {
          const int inheritable = ::open("/dev/null", O_RDONLY);
          if (::fcntl(inheritable, F_DUPFD, 600) < 0) return 1;
          if (!refuse(SYS_close_range)) return 2;
          auto options = subject({"fds"});
          options.extra_fds = {inheritable};
          return output_of(options) == "0 1 2 3 \n" ? 0 : 3;
        }) == 0);
}

TEST_CASE("A failed exec leaves no zombie and flushes no buffer of the parent") {
  const TempDir dir;
  const std::string file = dir / "stdout";
  const std::string marker = dir / "atexit";
  static std::string atexit_marker;
  atexit_marker = marker;
  CHECK(in_fork([&] {
          const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
          ::dup2(fd, STDOUT_FILENO);
          std::setvbuf(stdout, nullptr, _IOFBF, 4096);
          std::atexit([] { ::close(::open(atexit_marker.c_str(), O_CREAT | O_WRONLY, 0600)); });
          std::printf("once");
          const int fds = count_open_fds();
          for (int i = 0; i < 3; ++i) {
            auto options = subject({});
            if (i == 0) options.program = "/nonexistent/program";
            if (i == 1) options.working_directory = "/nonexistent/folder";
            if (i == 2) options.arguments = {std::string(200'000, 'x')};  // E2BIG
            if (ChildProcess::spawn(options)) return 1;
            if (!has_no_children()) return 2;
          }
          if (count_open_fds() != fds) return 3;
          std::fflush(stdout);
          return 0;
        }) == 0);
  CHECK(dir.read("stdout") == "once");
  CHECK(!std::filesystem::exists(marker));
}

TEST_CASE("J1 Under every limit of descriptors a spawn works or fails cleanly") {
  CHECK(in_fork([] {
          // A sanitizer's first look at a type needs descriptors of its own.
          auto impossible = subject({});
          impossible.program = "/nonexistent/program";
          if (ChildProcess::spawn(impossible).error().code != errc::io_error) return 6;
          const int lowest_free = ::dup(0);
          ::close(lowest_free);
          const int fds = count_open_fds();
          const int extra = STDERR_FILENO;
          int failed = 0;
          int worked = 0;
          for (int limit = lowest_free; limit < lowest_free + 40; ++limit) {
            rlimit numbers{};
            ::getrlimit(RLIMIT_NOFILE, &numbers);
            numbers.rlim_cur = static_cast<rlim_t>(limit);
            ::setrlimit(RLIMIT_NOFILE, &numbers);
            auto options = subject({"exit", "7"});
            options.stdin_ = Stdio::pipe();
            options.stdout_ = Stdio::pipe();
            options.stderr_ = Stdio::pipe();
            options.extra_fds = {extra};
            if (auto child = ChildProcess::spawn(options)) {
              ++worked;
              if (child->reap() != ExitStatus{.code = 7}) return 1;
            } else {
              ++failed;
              if (child.error().code != errc::io_error) return 2;
            }
            if (!has_no_children()) return 3;
            numbers.rlim_cur = numbers.rlim_max;
            ::setrlimit(RLIMIT_NOFILE, &numbers);
            if (count_open_fds() != fds) return 4;
          }
          return failed >= 10 && worked >= 10 ? 0 : 5;
        }) == 0);
}

TEST_CASE("J2 Where no process can be started the error is clean") {
  CHECK(in_fork([] {
          if (!refuse(SYS_clone)) return 1;
          const auto child = ChildProcess::spawn(subject({"wait"}));
          if (child) return 2;
          if (!child.error().message.contains("Operation not permitted")) return 3;
          return has_no_children() ? 0 : 4;
        }) == 0);
}

TEST_CASE("I3 A child's descriptors are right although the first three are closed here") {
  const TempDir dir;
  const std::string file = dir / "told";
  CHECK(in_fork([&] {
          for (int fd = 0; fd < 100; ++fd) ::close(fd);
          auto options = subject({"fds"});
          options.stdout_ = Stdio::pipe();
          auto child = ChildProcess::spawn(options);
          if (!child) return 1;
          const UniqueFd output = child->take_stdout();
          if (read_to_end(output.number()) != "0 1 2 \n") return 2;
          // Closed here, there is nothing to inherit: the child gets /dev/null.
          options = subject({"both"});
          child = ChildProcess::spawn(options);
          return child && child->reap().success() ? 0 : 3;
        }) == 0);
}

TEST_CASE("Extra descriptors may have each other's numbers and those of the first three") {
  const TempDir dir;
  for (const bool closed_below : {false, true}) {
    CAPTURE(closed_below);
    const std::vector<int> order{5, 0, 3, 1, 4, 2};
    CHECK(in_fork([&] {
            for (int fd = 0; fd < 20; ++fd) {
              if (fd > 2 || closed_below) ::close(fd);
            }
            std::vector<UniqueFd> high;
            for (const int fd : order) {
              const std::string name = dir / ("file" + std::to_string(fd));
              high.emplace_back(
                  ::open(name.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600));
              high.back().reset(::fcntl(high.back().number(), F_DUPFD_CLOEXEC, 50));
            }
            for (std::size_t i = 0; i < order.size(); ++i) ::dup2(high[i].number(), order[i]);
            auto options = subject({"extra", "6"});
            options.extra_fds = order;
            options.stdout_ = Stdio::fd(2);
            options.stderr_ = Stdio::fd(1);
            auto child = ChildProcess::spawn(options);
            return child && child->reap().success() ? 0 : 1;
          }) == 0);
    for (std::size_t i = 0; i < order.size(); ++i) {
      CHECK(dir.read("file" + std::to_string(order[i])) == "I am " + std::to_string(3 + i) + "\n");
    }
  }
}

TEST_CASE("I5 A program that ignores SIGCHLD still learns how its children end") {
  CHECK(in_fork([] {
          std::signal(SIGCHLD, SIG_IGN);
          auto child = ChildProcess::spawn(subject({"exit", "4"}));
          return child && child->reap() == ExitStatus{.code = 4} ? 0 : 1;
        }) == 0);
}

TEST_CASE("A child that somebody else has reaped has ended and is not waited for") {
  CHECK(in_fork([] {
          auto child = ChildProcess::spawn(subject({"exit", "4"}));
          if (!child) return 1;
          int status = 0;
          while (::waitpid(child->pid(), &status, 0) < 0 && errno == EINTR) {
          }
          return child->reap().describe().ends_with("ended in an unknown way") && child->try_reap()
                     ? 0
                     : 2;
        }) == 0);
}

TEST_CASE(
    "L4 Signals to the whole group while children are started are handled by the parent alone") {
  CHECK(in_fork([] {
          static pid_t parent;
          static int reports;
          ::setpgid(0, 0);
          auto pipe = axle::ipc::make_pipe().value();
          parent = ::getpid();
          reports = pipe.write_end.number();
          const pid_t sender = ::fork();
          if (sender == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            while (::kill(-parent, SIGURG) == 0) {
            }
            ::_exit(1);
          }
          struct sigaction action{};
          action.sa_handler = [](int) {
            if (::getpid() != parent) (void)!::write(reports, "!", 1);
          };
          ::sigaction(SIGURG, &action, nullptr);
          for (int i = 0; i < 100; ++i) {
            auto child = ChildProcess::spawn(subject({"exit", "4"}));
            if (!child) return 1;
            if (child->reap() != ExitStatus{.code = 4}) return 2;
          }
          ::kill(sender, SIGKILL);
          ::waitpid(sender, nullptr, 0);
          pipe.write_end.reset();
          return read_to_end(pipe.read_end.number()).empty() ? 0 : 3;
        }) == 0);
}

TEST_SUITE_END();
