#include "frontend/tree_lock.hpp"

#include "frontend/timed_activity.hpp"
#include "ipc/child_setup.hpp"
#include "ipc/private_dir.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <pthread.h>
#include <string>
#include <string_view>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;
using ipc::UniqueFd;

/// Whether a folder is there and this user's own. That of another (HOME under sudo) is not for us.
bool is_own_folder(const fs::path& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == ::geteuid();
}

/// The user's folder for caches, made if it is missing; empty: there is none.
fs::path cache_folder(fs::path home, fs::path cache) {
  if (cache.empty() && !home.empty()) cache = home / ".cache";
  if (cache.empty() || is_own_folder(cache)) return cache;
  if (!is_own_folder(cache.parent_path())) return {};
  ::mkdir(cache.c_str(), S_IRWXU);  // or another does it in this very moment
  return is_own_folder(cache) ? cache : fs::path();
}

/// A folder of ours for locks, the same for every axle of this user.
Result<fs::path> lock_folder() {
  const auto absolute = [](const char* name) -> fs::path {
    const char* value = std::getenv(name);
    return value != nullptr && value[0] == '/' ? fs::path(value) : fs::path();
  };
  const fs::path cache = cache_folder(absolute("HOME"), absolute("XDG_CACHE_HOME"));
  std::array<fs::path, 2> folders{cache.empty() ? cache : cache / "axle" / "locks",
                                  fmt::format("/tmp/axle-{}", ::geteuid())};
  Result<> usable = fail(errc::io_error, "there is no folder for locks");
  for (const fs::path& folder : folders) {
    if (folder.empty()) continue;
    if (!cache.empty()) ::mkdir(folder.parent_path().c_str(), S_IRWXU);
    ::mkdir(folder.c_str(), S_IRWXU);
    usable = ipc::check_private(folder);
    if (usable && ::access(folder.c_str(), W_OK | X_OK) != 0) {
      usable = fail_errno(errc::io_error, "cannot write to " + folder.string(), errno);
    }
    if (usable) return folder;
  }
  return std::unexpected(std::move(usable).error());
}

/// The process that the file names; 0: none.
pid_t holder_of(const UniqueFd& file) {
  std::array<char, 16> text{};
  const ssize_t count = ::pread(file.number(), text.data(), text.size(), 0);
  pid_t pid = 0;
  if (count > 0) std::from_chars(text.data(), text.data() + count, pid);
  return pid;
}

void write_holder(const UniqueFd& file) {
  const std::string text = fmt::format("{}\n", ::getpid());
  // For people, and for what we start ourselves: it may fail.
  if (::ftruncate(file.number(), 0) != 0) return;
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

std::string named(pid_t holder) {
  if (holder == ::getpid()) return "the other build of this project";
  // It may not yet have said who it is.
  const std::string pid = holder == 0 ? "" : fmt::format("(pid {}) ", holder);
  return fmt::format("another axle {}that builds this project", pid);
}

/// Whether `pid` is above this process, or may be: /proc can be mounted so that it hides processes.
bool may_be_ancestor(pid_t pid) {
  for (std::optional<pid_t> above = ::getppid(); above != 0 && above != 1;
       above = parent_of(*above)) {
    if (!above || above == pid) return true;
  }
  return false;
}

/// Whether `path` still names the file: its last holder removes it.
bool is_at(const UniqueFd& file, const fs::path& path) {
  struct stat ours{};
  struct stat named{};
  return ::fstat(file.number(), &ours) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
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

/// Returns when the lock may be there.
Result<> wait_for(const UniqueFd& file, const fs::path& root, const Cancellation& cancellation) {
  const std::string problem = fmt::format("cannot wait for the lock of {}", root.string());
  const pid_t waiter = fork_waiter(file.number());
  if (waiter < 0) return fail_errno(errc::io_error, problem, errno);
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, waiter, 0)));
  const int error = pidfd ? 0 : errno;
  std::array<pollfd, 2> fds{{{pidfd.number(), POLLIN, 0}, {cancellation.fd(), POLLIN, 0}}};
  while (pidfd && ::poll(fds.data(), fds.size(), -1) < 0 && errno == EINTR) {
  }
  ::kill(waiter, SIGKILL);
  while (::waitpid(waiter, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (error != 0) return fail_errno(errc::io_error, problem, error);
  return {};
}

}  // namespace

Result<TreeLock> TreeLock::take(const fs::path& root,
                                Observer& observer,
                                const Cancellation& cancellation) {
  const auto unlocked = [&](std::string_view why) {
    observer.notice(fmt::format(
        "nothing keeps another axle from building {} at the same time: {}", root.string(), why));
    return TreeLock();
  };
  struct stat tree{};
  if (::stat(root.c_str(), &tree) != 0) return TreeLock();  // which others will tell
  const auto folder = lock_folder();
  if (!folder) return unlocked(folder.error().message);
  const fs::path path = *folder / fmt::format("{:x}-{:x}", tree.st_dev, tree.st_ino);
  for (bool told = false;;) {
    UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return unlocked(fail_errno(errc::io_error, path.string(), errno).error().message);
    while (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      if (errno != EWOULDBLOCK) {
        return unlocked(fail_errno(errc::io_error, path.string(), errno).error().message);
      }
      const pid_t holder = holder_of(file);
      if (may_be_ancestor(holder)) return TreeLock();
      if (!std::exchange(told, true)) {
        observer.notice("waiting for " + named(holder));
      }
      TRY(timed(observer, {Activity::Kind::wait_for_lock, named(holder), root.string()}, [&] {
        return wait_for(file, root, cancellation);
      }));
      if (cancellation.requested()) {
        return std::unexpected(cancellation.error("waiting for another build of this project"));
      }
    }
    if (!is_at(file, path)) continue;
    write_holder(file);
    return TreeLock(path, std::move(file));
  }
}

TreeLock::~TreeLock() {
  // Still ours: who waits for this file sees that it is not the one any more.
  if (file_ && is_at(file_, path_)) ::unlink(path_.c_str());
}

}  // namespace axle::frontend
