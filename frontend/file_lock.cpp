#include "frontend/file_lock.hpp"

#include "ipc/child_setup.hpp"
#include "ipc/poll_fds.hpp"

#include <climits>
#include <fmt/format.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <fstream>
#include <optional>
#include <pthread.h>
#include <string>

namespace axle::frontend {
namespace {

using ipc::UniqueFd;

/// Of one width, so that each covers the last; 0: nobody has it. For people, and for what we start
/// ourselves: it may fail.
void write_holder(const UniqueFd& file, pid_t holder) noexcept {
  std::array<char, 11> text;
  text.fill(' ');
  text.back() = '\n';
  if (holder != 0) std::to_chars(text.data(), text.data() + text.size() - 1, holder);
  [[maybe_unused]] const auto written = ::pwrite(file.number(), text.data(), text.size(), 0);
}

/// The parent of a process; nothing if the system does not tell.
std::optional<pid_t> parent_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text;
  std::getline(file, text);
  // "7 (name, with anything in it) S 1 ..."
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos || name_end + 4 >= text.size()) return std::nullopt;
  pid_t parent = 0;
  std::from_chars(text.data() + name_end + 4, text.data() + text.size(), parent);
  return parent;
}

/// In the child: waits until the lock, which belongs to the open file of both, is taken.
[[noreturn]] void wait_in_child(int file, pid_t parent) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ipc::ChildSetup::leave();
  // The ends of pipes among them would hide from others that we have closed ours.
  if (file > 0) ::syscall(SYS_close_range, 0, file - 1, 0);
  ::syscall(SYS_close_range, file + 1, ~0U, 0);
  ::flock(file, LOCK_EX);
  ipc::ChildSetup::leave();
}

/// Nobody can poll a lock, but everybody a process. All signals stay blocked in it: the terminal's
/// are for us.
pid_t fork_waiter(int file) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) wait_in_child(file, parent);
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return pid;
}

/// For poll: how long it is until `deadline`, at most what it can be told.
int milliseconds_until(ipc::Deadline deadline) {
  if (deadline == ipc::no_deadline) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - ipc::Clock::now());
  return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, INT_MAX));
}

/// Returns when the lock may be there, when a stop is requested, or at the deadline.
Result<FileLock::Woken> wait_for(const UniqueFd& file,
                                 const std::filesystem::path& path,
                                 const Cancellation& cancellation,
                                 ipc::Deadline deadline) {
  const std::string problem = fmt::format("cannot wait for the lock {}", path.string());
  const pid_t waiter = fork_waiter(file.number());
  if (waiter < 0) return fail_errno(errc::io_error, problem, errno);
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, waiter, 0)));
  const int error = pidfd ? 0 : errno;
  std::array<pollfd, 2> fds{{{pidfd.number(), POLLIN, 0}, {cancellation.fd(), POLLIN, 0}}};
  int ready = 1;
  do {
    if (pidfd) ready = ipc::poll_fds(fds, milliseconds_until(deadline));
    // The clock stands still while axle is stopped, and poll does not.
  } while ((ready < 0 && errno == EINTR) || (ready == 0 && ipc::Clock::now() < deadline));
  ::kill(waiter, SIGKILL);
  while (::waitpid(waiter, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (error != 0) return fail_errno(errc::io_error, problem, error);
  return ready == 0 ? FileLock::Woken::by_deadline : FileLock::Woken::by_change;
}

}  // namespace

Result<FileLock> FileLock::try_take(const std::filesystem::path& path, File file) {
  for (;;) {
    FileLock lock(path,
                  file,
                  UniqueFd(::open(
                      path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR)));
    if (!lock.file_) return fail_errno(errc::io_error, "cannot lock " + path.string(), errno);
    TRY(lock.grasp());
    // Where the last holder has just removed the file, there may be another by now.
    if (lock.held_ || lock.is_in_place()) return lock;
  }
}

FileLock::FileLock(FileLock&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      afterwards_(other.afterwards_),
      file_(std::move(other.file_)),
      held_(std::exchange(other.held_, false)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  if (this != &other) {
    release();
    path_ = std::exchange(other.path_, {});
    afterwards_ = other.afterwards_;
    file_ = std::move(other.file_);
    held_ = std::exchange(other.held_, false);
  }
  return *this;
}

/// Takes the lock of our file if nobody has it and it is the one that others find.
Result<> FileLock::grasp() {
  while (::flock(file_.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return {};
    if (errno != EINTR) return fail_errno(errc::io_error, "cannot lock " + path_.string(), errno);
  }
  held_ = is_in_place();
  if (held_) write_holder(file_, ::getpid());
  return {};
}

void FileLock::release() noexcept {
  if (held_ && afterwards_ == File::stays) {
    write_holder(file_, 0);
    // A child of another thread may have it open until it becomes another program.
    ::flock(file_.number(), LOCK_UN);
  } else if (held_ && is_in_place()) {
    ::unlink(path_.c_str());  // who waits for this file sees that it is not the one any more
  }
  held_ = false;
  file_.reset();
}

bool FileLock::is_in_place() const {
  struct stat ours{};
  struct stat named{};
  return ::fstat(file_.number(), &ours) == 0 && ::lstat(path_.c_str(), &named) == 0 &&
         ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

pid_t FileLock::holder() const {
  std::array<char, 16> text{};
  const ssize_t count = ::pread(file_.number(), text.data(), text.size(), 0);
  pid_t pid = 0;
  if (count > 0) std::from_chars(text.data(), text.data() + count, pid);
  return pid;
}

Result<FileLock::Woken> FileLock::wait(const std::string& doing,
                                       const Cancellation& cancellation,
                                       ipc::Deadline deadline) {
  TRY(const auto woken, wait_for(file_, path_, cancellation, deadline));
  if (cancellation.requested()) return std::unexpected(cancellation.error(doing));
  TRY(grasp());
  if (held_ || is_in_place()) return woken;
  const std::filesystem::path path = path_;
  TRY(*this, try_take(path, afterwards_));
  return woken;
}

bool may_be_ancestor(pid_t pid) {
  for (std::optional<pid_t> above = ::getppid(); above != 0 && above != 1;
       above = parent_of(*above)) {
    if (!above || above == pid) return true;
  }
  return false;
}

}  // namespace axle::frontend
