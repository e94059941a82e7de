// Kills one process at its n-th system call.
//
//   kill_at N HOLD NAME PROGRAM [ARGUMENT...]
//
// Runs PROGRAM, and the first process below it (or itself) that executes a file of the name NAME is
// killed with SIGKILL when it enters its N-th system call since then, those of all its threads
// counted together; N = 0 only counts. It is held there for HOLD milliseconds first, while all
// others go on: what they then do too early is seen. Every other process runs untraced. Writes
// "<calls> <killed>" to the descriptor that KILL_AT_REPORT names, `killed` being 1 or 0, and exits
// as PROGRAM does (128 + n for signal n). Exits with 125 if it cannot trace.
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <stdio.h>
#include <string.h>
#include <string>

namespace {

constexpr int cannot_trace = 125;
constexpr int syscall_stop = SIGTRAP | 0x80;

void* as_data(std::uintptr_t number) {
  return reinterpret_cast<void*>(number);  // NOLINT(performance-no-int-to-ptr): ptrace wants it
}

/// The process that the thread `tid` belongs to; 0: it is gone.
pid_t process_of(pid_t tid) {
  std::ifstream status("/proc/" + std::to_string(tid) + "/status");
  std::string key;
  while (status >> key) {
    pid_t pid = 0;
    if (key == "Tgid:" && status >> pid) return pid;
    status.ignore(4096, '\n');
  }
  return 0;
}

std::string executable_of(pid_t pid) {
  char path[4096];
  const auto length =
      readlink(("/proc/" + std::to_string(pid) + "/exe").c_str(), path, sizeof path);
  const std::string whole(path, length > 0 ? static_cast<std::size_t>(length) : 0);
  return whole.substr(whole.rfind('/') + 1);
}

class Stepper {
 public:
  Stepper(std::uint64_t n, int hold, std::string name, pid_t root)
      : n_(n), hold_(hold), name_(std::move(name)), root_(root) {}

  /// Follows until nothing is left to trace, and `root` has ended; returns its wait status.
  int run() {
    for (;;) {
      int status = 0;
      const pid_t tid = waitpid(-1, &status, __WALL);
      if (tid < 0) {
        if (errno != EINTR) return root_status_;
        kill(target_, SIGKILL);  // held long enough; its zombie is not reaped before we see it
        continue;
      }
      if (WIFEXITED(status) || WIFSIGNALED(status)) {
        if (tid == root_) root_status_ = status;
        continue;
      }
      if (WIFSTOPPED(status)) on_stop(tid, status);
    }
  }

  [[nodiscard]] std::uint64_t calls() const noexcept { return calls_; }
  [[nodiscard]] bool killed() const noexcept { return killed_; }

 private:
  void on_stop(pid_t tid, int status) {
    const int number = WSTOPSIG(status);
    const int event = status >> 16;
    if (event == PTRACE_EVENT_EXEC && target_ == 0 && executable_of(tid) == name_) {
      target_ = process_of(tid);
    }
    if (target_ != 0 && process_of(tid) != target_) {
      ptrace(PTRACE_DETACH, tid, nullptr, as_data(event == 0 ? delivered(number) : 0));
      return;
    }
    if (target_ != 0 && number == syscall_stop && event == 0) {
      on_call(tid);
      return;
    }
    if (event == PTRACE_EVENT_STOP && number != SIGTRAP) {  // stopped as SIGSTOP stops
      ptrace(PTRACE_LISTEN, tid, nullptr, nullptr);
      return;
    }
    go_on(tid, event == 0 ? delivered(number) : 0);
  }

  void on_call(pid_t tid) {
    __ptrace_syscall_info info{};
    ptrace(PTRACE_GET_SYSCALL_INFO, tid, as_data(sizeof info), &info);
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY && ++calls_ == n_) {
      killed_ = true;
      if (hold_ == 0) {
        kill(target_, SIGKILL);  // stopped, so the number is its own
      } else {
        const itimerval once{.it_interval = {}, .it_value = {hold_ / 1000, hold_ % 1000 * 1000}};
        setitimer(ITIMER_REAL, &once, nullptr);
      }
      return;
    }
    go_on(tid, 0);
  }

  static std::uintptr_t delivered(int number) {
    return number == syscall_stop ? 0 : static_cast<std::uintptr_t>(number);
  }

  void go_on(pid_t tid, std::uintptr_t number) const {
    ptrace(target_ != 0 ? PTRACE_SYSCALL : PTRACE_CONT, tid, nullptr, as_data(number));
  }

  std::uint64_t n_;
  int hold_;
  std::string name_;
  pid_t root_;
  pid_t target_ = 0;
  std::uint64_t calls_ = 0;
  bool killed_ = false;
  int root_status_ = 0;
};

int fail(const char* what) {
  fprintf(stderr, "kill_at: %s: %s\n", what, strerror(errno));
  return cannot_trace;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    fputs("usage: kill_at N HOLD NAME PROGRAM [ARGUMENT...]\n", stderr);
    return 2;
  }
  int gate[2];
  if (pipe2(gate, O_CLOEXEC) != 0) return fail("pipe");
  const char* report = getenv("KILL_AT_REPORT");
  const int report_fd = report != nullptr ? atoi(report) : -1;
  const pid_t root = fork();
  if (root < 0) return fail("fork");
  if (root == 0) {
    char byte = 0;
    close(gate[1]);
    if (read(gate[0], &byte, 1) != 1) _exit(cannot_trace);
    if (report_fd >= 0) close(report_fd);
    execv(argv[4], argv + 4);
    _exit(127);
  }
  constexpr std::uintptr_t options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC |
                                     PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
  if (ptrace(PTRACE_SEIZE, root, nullptr, as_data(options)) != 0) return fail("ptrace");
  if (write(gate[1], "g", 1) != 1) return fail("write");
  close(gate[0]);
  close(gate[1]);
  struct sigaction wake{};
  wake.sa_handler = [](int) {};
  sigaction(SIGALRM, &wake, nullptr);
  Stepper stepper(strtoull(argv[1], nullptr, 10), atoi(argv[2]), argv[3], root);
  const int status = stepper.run();
  if (report_fd >= 0)
    dprintf(report_fd,
            "%llu %d\n",
            static_cast<unsigned long long>(stepper.calls()),
            stepper.killed() ? 1 : 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
