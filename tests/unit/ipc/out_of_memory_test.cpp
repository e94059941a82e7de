// What crosses a process border while memory runs out: `operator new` of this program fails at the
// n-th allocation, for n = 1, 2, ... until a run passes untouched.
#include "ipc/command.hpp"
#include "ipc/event.hpp"
#include "ipc/outcome.hpp"
#include "tests/support/failing_allocation.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>

using namespace axle;
using namespace axle::ipc;

TEST_SUITE_BEGIN("ipc::memory");

namespace {

std::size_t open_files() {
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++files;
  }
  return files;
}

/// As `sweep_allocations`, where no descriptor may be left open either.
void sweep(const std::function<bool()>& work, const std::function<void(bool done)>& check) {
  const std::size_t open_before = open_files();
  test::sweep_allocations(work, [&](bool done) {
    REQUIRE(open_files() == open_before);
    check(done);
  });
}

const Command command{
    .cmd = "build_wheel",
    .kwargs = {R"({"wheel_directory": "/a/folder/of/some/length", "list": [1, {}]})"},
    .result = "/a/folder/of/some/length/result.json",
    .id = 7,
    .cwd = "/a/source/tree/of/some/length",
    .env = {{{"A_VARIABLE_OF_SOME_LENGTH", "a value of some length, \xE9"}}}};

const HookFailure failure{.exc_type = "AnExceptionOfSomeLength",
                          .exc_msg = "a message of some length",
                          .notes = {"a note of some length"},
                          .causes = {{.exc_type = "ACauseOfSomeLength", .exc_msg = "its message"}}};

}  // namespace

TEST_CASE("A command is read as it is or not at all when an allocation fails (J3)") {
  const std::string line = encode(command);
  std::optional<std::expected<Command, BadCommand>> read;
  sweep(
      [&] {
        read.reset();
        read = decode_command(line);
        return read->has_value();
      },
      [&](bool done) {
        if (done) CHECK(**read == command);
      });
}

TEST_CASE("An event is read as it is or not at all when an allocation fails (J3)") {
  const BackendEvent event = Finished{
      .id = 3, .result = "/a/folder/of/some/length", .undelivered = failure, .trouble = "no room"};
  const std::string line = encode(event);
  std::optional<BackendEvent> read;
  sweep(
      [&] {
        read.reset();
        auto decoded = decode_event(line);
        if (!decoded) return false;
        read = *std::move(decoded);
        return read.has_value();
      },
      [&](bool done) {
        if (done) CHECK(*read == event);
      });
}

TEST_CASE("A result file is whole or as before when an allocation fails in writing it (J3)") {
  const test::TempDir dir;
  const auto path = dir / "result-with-a-name-of-some-length.json";
  const Outcome before = Returned{{R"("before")"}};
  const Outcome after = failure;
  sweep([&] { return write_result_file(path, before) && write_result_file(path, after); },
        [&](bool done) {
          std::size_t files = 0;
          for (const auto& entry : std::filesystem::directory_iterator(dir.path())) {
            CHECK(entry.path() == path);
            ++files;
          }
          if (files == 1) {
            const auto read = read_result_file(path);
            REQUIRE(read);
            CHECK((*read == after || (!done && *read == before)));
          } else {
            CHECK(!done);
          }
          std::filesystem::remove(path);
        });
}

TEST_CASE("A result file is read as it is or not at all when an allocation fails (J3)") {
  const test::TempDir dir;
  const auto path = dir / "result-with-a-name-of-some-length.json";
  const Outcome written = failure;
  REQUIRE(write_result_file(path, written));
  std::optional<Result<Outcome>> read;
  sweep(
      [&] {
        read.reset();
        read = read_result_file(path);
        return read->has_value();
      },
      [&](bool done) {
        if (done) CHECK(**read == written);
      });
}

TEST_SUITE_END();
