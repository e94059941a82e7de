#include "frontend/tree_lock.hpp"

#include "ipc/fd.hpp"
#include "tests/support/recording_observer.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdlib.h>
#include <string>
#include <thread>
#include <vector>

using namespace axle;
using namespace axle::frontend;
using axle::test::RecordingObserver;
using axle::test::TempDir;

TEST_SUITE_BEGIN("frontend::TreeLock");

namespace {

// A cache of the test's own, for the time of a test.
class Cache {
 public:
  explicit Cache(const std::filesystem::path& folder) {
    if (const char* before = ::getenv("XDG_CACHE_HOME")) before_ = before;
    ::setenv("XDG_CACHE_HOME", folder.c_str(), 1);
  }
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;
  ~Cache() {
    if (before_) {
      ::setenv("XDG_CACHE_HOME", before_->c_str(), 1);
    } else {
      ::unsetenv("XDG_CACHE_HOME");
    }
  }

 private:
  std::optional<std::string> before_;
};

// Another process that has the lock of `tree` until it is killed.
class Holder {
 public:
  explicit Holder(const std::filesystem::path& tree) {
    auto ready = ipc::make_pipe().value();
    pid_ = ::fork();
    if (pid_ == 0) {
      Observer silent;
      const Cancellation never;
      const auto lock = TreeLock::take(tree, silent, never);
      if (lock && lock->held()) (void)ipc::write_all(ready.write_end.number(), "x");
      while (true) ::pause();
    }
    ready.write_end.reset();
    char byte = 0;
    REQUIRE(::read(ready.read_end.number(), &byte, 1) == 1);
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  ~Holder() { kill(); }
  void kill() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
};

// The files of locks, which have the numbers of a device and an inode for a name.
std::size_t locks_in(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::ranges::count_if(
      std::filesystem::directory_iterator(folder),
      [](const auto& entry) { return entry.path().filename().string().contains('-'); }));
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator(stream), {}};
}

std::filesystem::path only_lock_in(const std::filesystem::path& folder) {
  REQUIRE(locks_in(folder) == 1);
  std::filesystem::directory_iterator entry(folder);
  while (!entry->path().filename().string().contains('-')) ++entry;
  return entry->path();
}

void make_old(const std::filesystem::path& file) {
  const auto now = std::filesystem::file_time_type::clock::now();
  std::filesystem::last_write_time(file, now - std::chrono::days(31));
}

}  // namespace

TEST_CASE("TreeLock is had at once where nobody has it, again and again") {
  const TempDir dir;
  const Cache cache(dir / "cache");
  RecordingObserver observer;
  const Cancellation never;
  for (int i = 0; i < 2; ++i) {
    const auto lock = TreeLock::take(dir.path(), observer, never);
    REQUIRE(lock);
    CHECK(lock->held());
    CHECK(locks_in(dir / "cache/axle/locks") == (i == 0 ? 1 : 2));
    const auto other = TreeLock::take(dir / "cache", observer, never);
    CHECK(other.value().held());
  }
  CHECK(locks_in(dir / "cache/axle/locks") == 2);
  CHECK(observer.notices.empty());
}

TEST_CASE("TreeLock says in its file who has it, and that nobody has it any more (K4)") {
  const TempDir dir;
  const Cache cache(dir / "cache");
  Observer silent;
  const Cancellation never;
  std::filesystem::path file;
  {
    const auto lock = TreeLock::take(dir.path(), silent, never);
    file = only_lock_in(dir / "cache/axle/locks");
    CHECK(text_of(file).starts_with(std::to_string(::getpid()) + " "));
  }
  CHECK(text_of(file).find_first_not_of(" \n") == std::string::npos);
}

TEST_CASE("TreeLock of a tree that is new removes old files, once a day, and none that is held") {
  const TempDir dir;
  const Cache cache(dir / "cache");
  const auto folder = dir / "cache/axle/locks";
  Observer silent;
  const Cancellation never;
  const Holder holder(dir.path());
  const auto held = only_lock_in(folder);
  std::filesystem::remove(folder / "swept");
  for (const char* name : {"1b-a", "1b-b", "another", "1b-c"}) dir.write(folder / name, "");
  for (const char* name : {"1b-a", "1b-b", "another"}) make_old(folder / name);
  make_old(held);

  CHECK(TreeLock::take(dir.make_directory("first"), silent, never).value().held());
  CHECK(!std::filesystem::exists(folder / "1b-a"));
  CHECK(!std::filesystem::exists(folder / "1b-b"));
  CHECK(std::filesystem::exists(held));
  CHECK(std::filesystem::exists(folder / "another"));
  CHECK(std::filesystem::exists(folder / "1b-c"));

  make_old(folder / "1b-c");
  CHECK(TreeLock::take(dir.make_directory("second"), silent, never).value().held());
  CHECK(std::filesystem::exists(folder / "1b-c"));
  make_old(folder / "swept");
  CHECK(TreeLock::take(dir / "second", silent, never).value().held());
  CHECK(std::filesystem::exists(folder / "1b-c"));  // that tree is not new
  CHECK(TreeLock::take(dir.make_directory("third"), silent, never).value().held());
  CHECK(!std::filesystem::exists(folder / "1b-c"));
}

TEST_CASE("TreeLock is one at a time for threads, and each is told once for whom it waits (K4)") {
  const TempDir dir;
  const Cache cache(dir / "cache");
  const Cancellation never;
  std::atomic<int> inside = 0;
  std::atomic<int> turns = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      RecordingObserver observer;
      for (int turn = 0; turn < 25; ++turn) {
        observer.notices.clear();
        const auto lock = TreeLock::take(dir.path(), observer, never);
        const bool alone = ++inside == 1;
        std::this_thread::yield();
        if (lock && lock->held() && alone && observer.notices.size() <= 1) ++turns;
        for (const auto& notice : observer.notices) {
          if (!notice.starts_with("waiting for ")) --turns;
        }
        --inside;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(turns == 100);
  CHECK(locks_in(dir / "cache/axle/locks") == 1);
}

TEST_CASE("TreeLock of an axle that is killed goes to who waits for it, by any name (K4, C6)") {
  const TempDir dir;
  const Cache cache(dir / "cache");
  const auto tree = dir.make_directory("tree");
  std::filesystem::create_directory_symlink(tree, dir / "link");
  Holder holder(tree);
  RecordingObserver observer;
  const std::string expected = "waiting for another axle (pid " + std::to_string(holder.pid()) +
                               ") that builds this project";
  observer.on_notice = [&] { holder.kill(); };
  const Cancellation never;
  const auto lock = TreeLock::take(dir / "link", observer, never);
  REQUIRE(lock);
  CHECK(lock->held());
  CHECK(observer.notices == std::vector<std::string>{expected});
}

TEST_CASE("TreeLock is not waited for any more once that is cancelled (K4)") {
  const TempDir dir;
  const Cache cache(dir / "cache");
  const Holder holder(dir.path());
  RecordingObserver observer;
  Cancellation cancellation;
  std::thread ctrl_c;
  observer.on_notice = [&] { ctrl_c = std::thread([&] { cancellation.request(SIGINT); }); };
  const auto lock = TreeLock::take(dir.path(), observer, cancellation);
  ctrl_c.join();
  REQUIRE(!lock);
  CHECK(lock.error().code == errc::cancelled);
  CHECK(lock.error().signal == SIGINT);
  CHECK(::waitpid(-1, nullptr, WNOHANG) == 0);  // the holder alone
}

TEST_CASE("TreeLock is waited for no longer than the bound, and who has it is named (K4)") {
  using namespace std::chrono_literals;
  const TempDir dir;
  const Cache cache(dir / "cache");
  const Holder holder(dir.path());
  RecordingObserver observer;
  const Cancellation never;
  const auto lock = TreeLock::take(dir.path(), observer, never, 50ms);
  REQUIRE(!lock);
  CHECK(lock.error().code == errc::timed_out);
  CHECK(lock.error().message == "waited 0.05 s for another axle (pid " +
                                    std::to_string(holder.pid()) +
                                    ") that builds this project, in vain");
  CHECK(observer.notices.size() == 1);
  CHECK(::waitpid(-1, nullptr, WNOHANG) == 0);  // the holder alone
}

TEST_CASE("TreeLock of an ancestor is not waited for: it waits for us (C6)") {
  const TempDir dir;
  const Cache cache(dir / "cache");
  Observer silent;
  const Cancellation never;
  const auto lock = TreeLock::take(dir.path(), silent, never);
  REQUIRE(lock.value().held());
  const pid_t pid = ::fork();
  if (pid == 0) {
    const auto nested = TreeLock::take(dir.path(), silent, never);
    ::_exit(nested && !nested->held() ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  CHECK(status == 0);
}

TEST_CASE("TreeLock that cannot be had is told, and nothing is held") {
  const TempDir dir;
  dir.write("cache/axle/locks", "in the way");
  const Cache cache(dir / "cache");
  RecordingObserver observer;
  const Cancellation never;
  const auto lock = TreeLock::take(dir.path(), observer, never);
  REQUIRE(lock);
  // There may be a folder in /tmp that stands in.
  CHECK(lock->held() == observer.notices.empty());
}

TEST_SUITE_END();
