#include "ipc/child_process.hpp"

#include "ipc/child_setup.hpp"
#include "ipc/poll_fds.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/optional.hpp>  // before process.hpp, which forgets it in Boost 1.81
#include <boost/process/v2/posix/default_launcher.hpp>
#include <boost/process/v2/process.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

namespace axle::ipc {
namespace {

namespace fs = std::filesystem;
namespace process = boost::process::v2;

using Step = ChildSetup::Step;

// Takes the launcher's calls in the child. Variadic, because Boost's documented signatures and its
// own calls differ.
struct ChildHooks {
  const ChildSetup& setup;

  template <class Launcher, class... Rest>
  boost::system::error_code on_exec_setup(Launcher& launcher, Rest&&...) noexcept {
    if (setup.run(launcher.fd_whitelist.back())) return {};
    return {errno, boost::system::system_category()};  // the launcher sends errno itself
  }

  // Without it the launcher calls exit, which flushes the parent's buffers.
  template <class... Anything>
  void on_exec_error(Anything&&...) noexcept {
    ChildSetup::leave();
  }
};

// Keeps signals from the calling thread: a handler of ours must not run in the forked child.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

// A process that ignores SIGCHLD has no zombies: its children's numbers are given out again while
// it still means to signal them.
void stop_ignoring_sigchld() noexcept {
  struct sigaction action{};
  if (::sigaction(SIGCHLD, nullptr, &action) != 0) return;
  if (action.sa_handler != SIG_IGN && (action.sa_flags & SA_NOCLDWAIT) == 0) return;
  if (action.sa_handler == SIG_IGN) action.sa_handler = SIG_DFL;
  action.sa_flags &= ~SA_NOCLDWAIT;
  ::sigaction(SIGCHLD, &action, nullptr);
}

void kill_and_reap(pid_t pid, bool leads_group) noexcept {
  if (leads_group) ::kill(-pid, SIGKILL);
  ::kill(pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<UniqueFd> copy_from(int fd, int lowest) {
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, lowest));
  if (!copy) return fail_errno(errc::io_error, "cannot pass a descriptor on to a child", errno);
  return copy;
}

Result<UniqueFd> open_null() {
  UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null) return fail_errno(errc::io_error, "cannot open /dev/null", errno);
  return null;
}

// The child's end of one stream, numbered `lowest` or more; ours, if it is a pipe.
Result<UniqueFd> childs_end(const Stdio& stdio, int number, int lowest, UniqueFd& ours) {
  switch (stdio.kind) {
    case Stdio::Kind::fd: return copy_from(stdio.fd_number, lowest);
    case Stdio::Kind::inherit:
      if (::fcntl(number, F_GETFD) >= 0) return copy_from(number, lowest);
      break;  // closed here, so there is nothing to inherit
    case Stdio::Kind::pipe: {
      TRY(Pipe pipe, make_pipe());
      UniqueFd& theirs = number == STDIN_FILENO ? pipe.read_end : pipe.write_end;
      ours = std::move(number == STDIN_FILENO ? pipe.write_end : pipe.read_end);
      return copy_from(theirs.number(), lowest);
    }
    case Stdio::Kind::null: break;
  }
  TRY(const UniqueFd null, open_null());
  return copy_from(null.number(), lowest);
}

// Takes every free number below `lowest`, so that the launcher's error pipe does not get one that
// the child needs for something else; and sees to it that the launcher will find the descriptors
// that it needs, since it leaks a pidfd where it fails late.
Result<> make_room(int lowest, int any_fd, std::vector<UniqueFd>& placeholders) {
  constexpr std::size_t enough = 6;
  std::vector<UniqueFd> room;
  while (room.size() < enough) {
    TRY(UniqueFd copy, copy_from(any_fd, 0));
    (copy.number() < lowest ? placeholders : room).push_back(std::move(copy));
  }
  return {};
}

std::unexpected<Error> spawn_error(const SpawnOptions& options, int value) {
  const std::string program = options.program.string();
  const int errno_value = ChildSetup::errno_of(value);
  switch (ChildSetup::step_of(value)) {
    case Step::enter_folder: {
      const std::string folder = options.working_directory.string();
      return fail_errno(
          errc::io_error, "cannot enter " + folder + " to start " + program, errno_value);
    }
    case Step::place_descriptors:
    case Step::error_pipe_in_the_way:
      return fail_errno(errc::io_error, "cannot place the descriptors of " + program, errno_value);
    case Step::watch:
      return fail_errno(errc::io_error, "cannot get a pidfd to watch " + program, errno_value);
    case Step::execute: break;
  }
  auto error = fail_errno(errc::io_error, "cannot execute " + program, errno_value);
  std::error_code ignored;
  if (errno_value == ENOENT && fs::exists(options.working_directory / options.program, ignored)) {
    error.error().hint = "the file is there, but the interpreter or loader that it names is not";
  }
  return error;
}

/// What is thrown in the child, such as for want of memory, must not go on there as this program.
struct LeavesInChild {
  pid_t caller;
  ~LeavesInChild() {
    if (::getpid() != caller) ChildSetup::leave();
  }
};

Result<> check(const SpawnOptions& options) {
  const auto has_nul = [](const std::string& text) { return text.contains('\0'); };
  if (!options.program.native().contains('/')) {
    return fail(errc::io_error, "cannot execute " + options.program.string() + ": not a path");
  }
  if (has_nul(options.program.native()) || has_nul(options.working_directory.native()) ||
      std::ranges::any_of(options.arguments, has_nul) ||
      (options.environment && std::ranges::any_of(*options.environment, has_nul))) {
    return fail(errc::io_error,
                "cannot execute " + std::string(options.program.c_str()) +
                    ": a NUL byte in its path, folder, arguments or environment");
  }
  return {};
}

}  // namespace

Result<ChildProcess> ChildProcess::spawn(const SpawnOptions& options) {
  TRY(check(options));
  stop_ignoring_sigchld();

  ChildProcess child;
  child.leads_group_ = options.session == SpawnOptions::Session::own;

  const int count = 3 + static_cast<int>(options.extra_fds.size());
  std::vector<UniqueFd> sources;
  TRY(sources.emplace_back(), childs_end(options.stdin_, 0, count, child.stdin_));
  TRY(sources.emplace_back(), childs_end(options.stdout_, 1, count, child.stdout_));
  TRY(sources.emplace_back(), childs_end(options.stderr_, 2, count, child.stderr_));
  for (const int fd : options.extra_fds) {
    TRY(sources.emplace_back(), copy_from(fd, count));
  }

  std::vector<const char*> environment;
  if (options.environment) {
    for (const std::string& entry : *options.environment) environment.push_back(entry.c_str());
    environment.push_back(nullptr);
  }

  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  ChildSetup setup;
  setup.folder = options.working_directory.empty() ? nullptr : options.working_directory.c_str();
  setup.sources = sources.data();
  setup.count = count;
  setup.own_session = child.leads_group_;
  switch (options.with_caller) {
    case SpawnOptions::WithCaller::dies: setup.death_signal = SIGKILL; break;
    case SpawnOptions::WithCaller::terminates: setup.death_signal = SIGTERM; break;
    case SpawnOptions::WithCaller::lives: break;
  }
  setup.caller = ::getpid();
  setup.most_fds = std::min<rlim_t>(limit.rlim_cur, 1 << 20);

  ChildHooks hooks{setup};
  std::vector<UniqueFd> placeholders;
  for (int attempt = 1;; ++attempt) {
    TRY(make_room(count, sources.front().number(), placeholders));
    process::posix::default_launcher launcher;
    if (options.environment) launcher.env = environment.data();
    for (int fd = 3; fd < count; ++fd) launcher.fd_whitelist.push_back(fd);
    boost::system::error_code error;
    bool no_memory = false;
    try {
      // A context of its own, empty and thrown away: the launcher tells every service of its
      // context about the fork, also in the child, and those that have work throw there.
      boost::asio::io_context context;
      const SignalsBlocked blocked;
      const LeavesInChild nowhere{setup.caller};
      launcher(context.get_executor(), error, options.program, options.arguments, hooks).detach();
    } catch (const boost::system::system_error& exception) {
      // It has started the child but could not get a pidfd, which is tried once more below.
      if (launcher.pid <= 0) error = exception.code();
    } catch (const std::bad_alloc&) {
      error.assign(ENOMEM, boost::system::system_category());
      no_memory = true;
    }
    if (launcher.pid > 0 && (!error || no_memory)) {
      child.pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, launcher.pid, 0)));
      if (!child.pidfd_) {
        error.assign(ChildSetup::encode(Step::watch, errno), boost::system::system_category());
      } else if (!error) {
        child.pid_ = launcher.pid;
        return child;
      }
    }
    // It may run; or exec failed, and it is left as a zombie.
    if (launcher.pid > 0) kill_and_reap(launcher.pid, child.leads_group_);
    const bool again = ChildSetup::step_of(error.value()) == Step::error_pipe_in_the_way;
    if (!again || attempt == 16) return spawn_error(options, error.value());
  }
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      leads_group_(other.leads_group_),
      pidfd_(std::move(other.pidfd_)),
      stdin_(std::move(other.stdin_)),
      stdout_(std::move(other.stdout_)),
      stderr_(std::move(other.stderr_)),
      status_(other.status_) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    std::destroy_at(this);
    std::construct_at(this, std::move(other));
  }
  return *this;
}

ChildProcess::~ChildProcess() {
  if (pid_ < 0 || status_) return;
  send_signal_to_group(SIGKILL);
  send_signal(SIGKILL);
  // A process that hangs in the kernel cannot be killed; it must not take us with it.
  pollfd ended{.fd = pidfd(), .events = POLLIN, .revents = 0};
  while (poll_fd(ended, 2000) < 0 && errno == EINTR) {
  }
  try_reap();
}

void ChildProcess::send_signal(int signal) noexcept {
  if (pid_ > 0 && !status_) ::kill(pid_, signal);
}

void ChildProcess::send_signal_to_group(int signal) noexcept {
  if (pid_ > 0 && !status_) ::kill(leads_group_ ? -pid_ : pid_, signal);
}

std::optional<ExitStatus> ChildProcess::try_reap() noexcept {
  return wait_for_end(WNOHANG);
}

ExitStatus ChildProcess::reap() noexcept {
  return *wait_for_end(0);
}

std::optional<ExitStatus> ChildProcess::wait_for_end(int flags) noexcept {
  if (status_) return status_;
  const auto id = static_cast<id_t>(pidfd());
  siginfo_t info{};
  while (::waitid(P_PIDFD, id, &info, WEXITED | WNOWAIT | flags) != 0) {
    if (errno == EINTR) continue;
    status_ = ExitStatus{.code = 256};  // somebody else has reaped it: nothing more is known
    return status_;
  }
  if (info.si_pid == 0) return std::nullopt;
  send_signal_to_group(SIGKILL);
  while (::waitid(P_PIDFD, id, &info, WEXITED) != 0 && errno == EINTR) {
  }
  if (info.si_code == CLD_EXITED) {
    status_ = ExitStatus{.code = info.si_status};
  } else {
    status_ = ExitStatus{.signal = info.si_status, .core_dumped = info.si_code == CLD_DUMPED};
  }
  return status_;
}

std::string ExitStatus::describe() const {
  if (code > 255) return "ended in an unknown way";
  if (signal == 0) return "exited with code " + std::to_string(code);
  return "was killed by " + signal_name(signal) + (core_dumped ? " (core dumped)" : "");
}

ExitStatus ExitStatus::from_wait_status(int status) noexcept {
  if (WIFSIGNALED(status)) {
    return {.signal = WTERMSIG(status), .core_dumped = WCOREDUMP(status) != 0};
  }
  return {.code = WEXITSTATUS(status)};
}

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

std::optional<fs::path> find_program(const std::string& name, const std::string& search_path) {
  const auto executable = [](const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
  };
  if (name.contains('/')) {
    return executable(name) ? std::optional<fs::path>(name) : std::nullopt;
  }
  if (name.empty()) return std::nullopt;
  for (std::string_view rest = search_path; !rest.empty();) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    const fs::path folder = rest.substr(0, colon);
    rest.remove_prefix(std::min(colon + 1, rest.size()));
    if (folder.is_absolute() && executable(folder / name)) return folder / name;
  }
  return std::nullopt;
}

}  // namespace axle::ipc
