#include "backend/output_spool.hpp"

#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <sys/resource.h>

#include <csignal>
#include <string>

TEST_SUITE_BEGIN("backend::OutputSpool");

namespace axle::backend {
namespace {

/// Numbered, so that any loss or disorder shows.
std::string numbers(int first, int last) {
  std::string text;
  for (int i = first; i < last; ++i) text += std::to_string(i) + '\n';
  return text;
}

std::string take_all(OutputSpool& spool) {
  std::string all;
  while (!spool.empty()) {
    const std::string bytes = spool.take();
    REQUIRE(!bytes.empty());
    all += bytes;
  }
  return all;
}

/// No file may grow beyond `bytes` while this lives: as good as a full disk.
class FilesAtMost {
 public:
  explicit FilesAtMost(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  FilesAtMost(const FilesAtMost&) = delete;
  FilesAtMost& operator=(const FilesAtMost&) = delete;
  ~FilesAtMost() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  void (*handler_)(int);
  rlimit before_{};
};

}  // namespace

TEST_CASE("OutputSpool gives back in order what memory alone holds") {
  OutputSpool spool(1000, "/nowhere");
  CHECK(spool.take().empty());
  spool.put("one ");
  spool.put("two ");
  CHECK(spool.take() == "one two ");
  spool.put("three");
  CHECK(spool.take() == "three");
  CHECK(spool.empty());
}

TEST_CASE("OutputSpool keeps in a nameless file what memory does not hold (D6)") {
  const test::TempDir dir;
  OutputSpool spool(1000, dir.path());
  for (int i = 0; i < 1000; ++i) spool.put(numbers(100 * i, 100 * i + 100));
  CHECK_FALSE(spool.full());
  CHECK(std::filesystem::is_empty(dir.path()));
  CHECK(take_all(spool) == numbers(0, 100'000));
}

TEST_CASE("OutputSpool keeps the order while its file is read and written by turns") {
  const test::TempDir dir;
  OutputSpool spool(100, dir.path());
  std::string taken;
  for (int i = 0; i < 3000; ++i) {
    spool.put(numbers(1000 * i, 1000 * i + 1000));
    if (i % 3 == 0) taken += spool.take();
  }
  CHECK(taken + take_all(spool) == numbers(0, 3'000'000));
}

TEST_CASE("OutputSpool is full where no file can be made, and loses nothing (J7)") {
  OutputSpool spool(1000, "/nowhere");
  const std::string text = numbers(0, 1000);
  spool.put(text);
  CHECK(spool.full());
  spool.put("and more");
  CHECK(take_all(spool) == text + "and more");
  CHECK_FALSE(spool.full());
}

TEST_CASE("OutputSpool is full when the disk is, and loses nothing (J7)") {
  const test::TempDir dir;
  const std::string text = numbers(0, 50'000);
  OutputSpool spool(1000, dir.path());
  {
    const FilesAtMost limit(100'000);
    spool.put(text);
    CHECK(spool.full());
    spool.put("and more");
  }
  CHECK(take_all(spool) == text + "and more");
  CHECK_FALSE(spool.full());
}

TEST_CASE("OutputSpool forgets what nobody wants") {
  const test::TempDir dir;
  OutputSpool spool(1000, dir.path());
  spool.put(numbers(0, 10'000));
  spool.clear();
  CHECK(spool.empty());
  spool.put("new");
  CHECK(spool.take() == "new");
}

}  // namespace axle::backend
