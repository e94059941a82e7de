// What a test of a running backend stands on: a folder, an observer, a way to start the stand-in of
// tests/support/fake_host.py or the real axle-backend, and to call its hooks.
#pragma once

#include "frontend/backend_process.hpp"
#include "frontend/cancellation.hpp"
#include "ipc/outcome.hpp"
#include "tests/support/recording_observer.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdlib.h>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace axle::test {

/// Bounds that no healthy backend exceeds, however busy the machine is.
inline frontend::BackendBounds patient() {
  using namespace std::chrono_literals;
  return {.start = 60s, .accept = 30s, .silence = 30s, .stuck = 60s, .grace = 10s, .leave = 20s};
}

/// The value that a hook returned.
inline std::string returned(const Result<ipc::Outcome>& outcome) {
  if (!outcome) FAIL("no outcome: " << outcome.error().message);
  if (const auto* failure = std::get_if<ipc::HookFailure>(&*outcome)) {
    FAIL("the hook failed: " << failure->exc_type << ": " << failure->exc_msg);
  }
  auto text = ipc::as_string(std::get<ipc::Returned>(*outcome).value);
  REQUIRE(text);
  return *std::move(text);
}

/// Waits until the process has ended, though perhaps nobody has reaped it.
inline void await_end(pid_t pid) {
  const ipc::UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  pollfd end{.fd = pidfd.number(), .events = POLLIN, .revents = 0};
  REQUIRE((!pidfd || poll(&end, 1, 30'000) == 1));
}

/// Whether the process is there and runs.
inline bool is_running(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string stat;
  std::getline(file, stat);
  const auto name_end = stat.rfind(") ");
  return name_end != stat.npos && stat[name_end + 2] != 'Z' && stat[name_end + 2] != 'X';
}

inline std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

/// Whatever a case starts here, it must leave no result folder and no descriptor behind.
struct Stage {
  TempDir dir;
  std::filesystem::path tree = dir.make_directory("tree");
  std::filesystem::path temporary = dir.make_directory("tmp");
  std::string callers_temporary = "/tmp";
  RecordingObserver observer;
  frontend::Cancellation cancellation;
  std::vector<std::string> environment{"PATH=/usr/local/bin:/usr/bin:/bin"};
  std::size_t descriptors = open_descriptors();

  Stage() {
    if (const char* callers = std::getenv("TMPDIR")) callers_temporary = callers;
    setenv("TMPDIR", temporary.c_str(), 1);
  }
  ~Stage() {
    setenv("TMPDIR", callers_temporary.c_str(), 1);
    CHECK(std::filesystem::is_empty(temporary));
    CHECK(open_descriptors() == descriptors);
  }

  /// The stand-in that misbehaves as `mode` says.
  [[nodiscard]] frontend::BackendSpec fake(const std::string& mode) const {
    return {.backend_program = AXLE_FAKE_HOST,
            .python = "/usr/bin/python3",
            .module = mode,
            .environment = environment,
            .source_tree = tree};
  }

  /// The real axle-backend with the in-tree backend of tests/packages/scripted.
  [[nodiscard]] frontend::BackendSpec real() const {
    return {.backend_program = AXLE_BACKEND_PROGRAM,
            .python = AXLE_PYTHON,
            .module = "scripted",
            .backend_path = {AXLE_PACKAGES "/scripted/backend"},
            .environment = environment,
            .source_tree = tree};
  }

  Result<frontend::BackendProcess> start(const frontend::BackendSpec& spec,
                                         frontend::BackendBounds bounds = patient()) {
    return frontend::BackendProcess::start(spec, observer, cancellation, bounds);
  }
  frontend::BackendProcess must_start(const std::string& mode,
                                      frontend::BackendBounds bounds = patient()) {
    auto backend = start(fake(mode), bounds);
    if (!backend) FAIL("not started: " << backend.error().message);
    return *std::move(backend);
  }

  Result<ipc::Outcome> call(frontend::BackendProcess& backend,
                            const std::string& hook = "build_wheel",
                            std::optional<std::chrono::milliseconds> timeout = std::nullopt) {
    return backend.call(
        {.hook = hook, .source_tree = tree, .timeout = timeout}, observer, cancellation);
  }
};

/// Measures how long something takes.
class Stopwatch {
 public:
  [[nodiscard]] std::chrono::milliseconds elapsed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 begin_);
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

}  // namespace axle::test
