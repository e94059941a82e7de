#include "frontend/file_lock.hpp"

#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

using namespace axle;
using namespace axle::frontend;
using axle::test::TempDir;

TEST_SUITE_BEGIN("frontend::FileLock");

namespace {

// How many of `threads` times `turns` had the lock of `path`, and had it alone.
int turns_alone(const std::filesystem::path& path, FileLock::File file, int threads, int turns) {
  std::atomic<int> inside = 0;
  std::atomic<int> alone = 0;
  const Cancellation never;
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&] {
      for (int turn = 0; turn < turns; ++turn) {
        auto lock = FileLock::try_take(path, file);
        while (lock && !lock->held()) {
          if (!lock->wait("waiting", never, ipc::no_deadline)) return;
        }
        if (!lock) return;
        const bool nobody_else = ++inside == 1;
        std::this_thread::yield();
        if (nobody_else && inside == 1) ++alone;
        --inside;
      }
    });
  }
  for (auto& thread : all) thread.join();
  return alone;
}

}  // namespace

TEST_CASE("FileLock is one at a time, whether its file is removed or stays") {
  const TempDir dir;
  CHECK(turns_alone(dir / "removed.lock", FileLock::File::removed, 4, 25) == 100);
  CHECK(!std::filesystem::exists(dir / "removed.lock"));
  CHECK(turns_alone(dir / "kept.lock", FileLock::File::stays, 4, 25) == 100);
  CHECK(std::filesystem::exists(dir / "kept.lock"));
}

TEST_CASE("FileLock whose file another removes meanwhile is still one at a time") {
  const TempDir dir;
  std::atomic<bool> done = false;
  // As those do who tidy up: they take the lock, and take the file with them.
  std::thread sweeper([&] {
    while (!done) (void)turns_alone(dir / "a.lock", FileLock::File::removed, 1, 1);
  });
  CHECK(turns_alone(dir / "a.lock", FileLock::File::stays, 3, 25) == 75);
  done = true;
  sweeper.join();
}

TEST_CASE("FileLock tells those who do not get it who has it") {
  const TempDir dir;
  const auto lock = FileLock::try_take(dir / "a.lock", FileLock::File::stays);
  REQUIRE(lock.value().held());
  const auto other = FileLock::try_take(dir / "a.lock", FileLock::File::stays);
  CHECK(!other.value().held());
  CHECK(other.value().holder() == ::getpid());
}

TEST_SUITE_END();
