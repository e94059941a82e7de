// Measures how long it takes from the death of axle-backend in the middle of a hook until the
// caller of the frontend has been told: the hook ended, everything reaped, the error made.
//
//   death_latency [KILLS [BUSY]]      (default: 1000 kills, one busy process for each processor)
//
// It judges no time; it fails if what the caller is told is not errc::backend_gone.
#include "frontend/backend_process.hpp"
#include "frontend/cancellation.hpp"
#include "ipc/private_dir.hpp"

#include <fmt/format.h>

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace axle;
using Clock = std::chrono::steady_clock;

/// Kills the host as soon as the hook says that it runs.
class Killer : public frontend::Observer {
 public:
  pid_t host = 0;
  Clock::time_point killed;

  void output(Stream, std::string_view) override {
    if (host == 0) return;
    killed = Clock::now();
    kill(std::exchange(host, 0), SIGKILL);
  }
};

void keep_busy(long processes) {
  for (long i = 0; i < processes; ++i) {
    if (fork() != 0) continue;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (std::atomic<unsigned> spins = 0;;) ++spins;
  }
}

double at(const std::vector<double>& sorted, double share) {
  const auto index = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  return sorted[std::min(index, sorted.size() - 1)];
}

}  // namespace

int main(int argc, char** argv) {
  const long kills = argc > 1 ? std::atol(argv[1]) : 1000;
  const long busy = argc > 2 ? std::atol(argv[2]) : std::thread::hardware_concurrency();
  keep_busy(busy);
  const auto folder = ipc::PrivateDir::create(ipc::temporary_directory(), "axle-latency-");
  if (!folder) return 1;
  const frontend::BackendSpec spec{.backend_program = AXLE_BACKEND_PROGRAM,
                                   .python = AXLE_PYTHON,
                                   .module = "scripted",
                                   .backend_path = {AXLE_PACKAGES "/scripted/backend"},
                                   .environment = {"PATH=/usr/local/bin:/usr/bin:/bin"},
                                   .source_tree = folder->path()};
  const std::string kwargs =
      fmt::format(R"({{"wheel_directory": "{}", "config_settings": {{"do": "run for ever"}}}})",
                  folder->path().string());
  std::vector<double> milliseconds;
  for (long i = 0; i < kills; ++i) {
    const frontend::Cancellation cancellation;
    Killer killer;
    auto backend = frontend::BackendProcess::start(spec, killer, cancellation);
    if (!backend) {
      fmt::print(stderr, "not started: {}\n", backend.error().message);
      return 1;
    }
    killer.host = backend->started().pid;
    const auto outcome =
        backend->call({.hook = "build_wheel", .kwargs = {kwargs}, .source_tree = folder->path()},
                      killer,
                      cancellation);
    const std::chrono::duration<double, std::milli> took = Clock::now() - killer.killed;
    if (outcome || outcome.error().code != errc::backend_gone) {
      fmt::print(stderr, "told: {}\n", outcome ? "an outcome" : outcome.error().message);
      return 1;
    }
    milliseconds.push_back(took.count());
  }
  std::ranges::sort(milliseconds);
  fmt::print(
      "{} kills beside {} busy processes: p50 {:.2f} ms, p99 {:.2f} ms, p99.9 {:.2f} ms, "
      "longest {:.2f} ms\n",
      kills,
      busy,
      at(milliseconds, 0.5),
      at(milliseconds, 0.99),
      at(milliseconds, 0.999),
      milliseconds.back());
  return 0;
}
