// Leases: who gets which backend.
#include "frontend/backend_provider.hpp"

#include "tests/integration/frontend/stage.hpp"

#include <thread>
#include <utility>

using namespace axle;
using namespace axle::test;
using namespace std::chrono_literals;
using frontend::BackendLease;
using frontend::BackendSpec;
using frontend::KeepingProvider;

namespace {

BackendLease lease(KeepingProvider& provider, Stage& stage, const BackendSpec& spec) {
  auto backend = provider.backend_for(spec, stage.observer, stage.cancellation);
  if (!backend) FAIL("no backend: " << backend.error().message);
  return *std::move(backend);
}

pid_t pid_for(KeepingProvider& provider, Stage& stage, const BackendSpec& spec) {
  return lease(provider, stage, spec)->started().pid;
}

}  // namespace

TEST_SUITE_BEGIN("frontend::KeepingProvider");

TEST_CASE("KeepingProvider gives out a backend again to whoever asks for the same") {
  Stage stage;
  KeepingProvider provider(patient());
  auto spec = stage.fake("well");
  const pid_t first = pid_for(provider, stage, spec);
  CHECK(pid_for(provider, stage, spec) == first);

  SUBCASE("also of another source tree") {
    spec.source_tree = stage.dir.make_directory("another");
    spec.project = "another";
    CHECK(pid_for(provider, stage, spec) == first);
    CHECK(stage.observer.begun.size() == 1);
  }
  SUBCASE("but not of another object") {
    spec.object = "object";
    CHECK(pid_for(provider, stage, spec) != first);
  }
  SUBCASE("but not with another interpreter") {
    spec.python = "/usr/bin/python4";
    CHECK(pid_for(provider, stage, spec) != first);
  }
  SUBCASE("but not in another environment") {
    spec.environment.push_back("PYTHONWARNINGS=error");
    CHECK(pid_for(provider, stage, spec) != first);
  }
  SUBCASE("but not with another isolation of hooks") {
    spec.hook_isolation = frontend::HookIsolation::fresh;
    CHECK(pid_for(provider, stage, spec) != first);
  }
}

TEST_CASE("KeepingProvider keeps in-tree backends to their own source tree") {
  Stage stage;
  KeepingProvider provider(patient());
  auto spec = stage.fake("well");
  spec.backend_path = {stage.tree};
  const pid_t first = pid_for(provider, stage, spec);
  CHECK(pid_for(provider, stage, spec) == first);
  spec.source_tree = stage.dir.make_directory("another");
  CHECK(pid_for(provider, stage, spec) != first);
}

TEST_CASE("KeepingProvider gives no backend to two at once") {
  Stage stage;
  KeepingProvider provider(patient());
  const auto spec = stage.fake("well");
  auto one = lease(provider, stage, spec);
  auto other = lease(provider, stage, spec);
  CHECK(one->started().pid != other->started().pid);

  const pid_t pid = other->started().pid;
  one = std::move(other);  // ends the first lease
  CHECK(one->started().pid == pid);
}

TEST_CASE("E1 KeepingProvider gives out no dead backend") {
  Stage stage;
  KeepingProvider provider(patient());
  const auto spec = stage.fake("well");
  const pid_t first = pid_for(provider, stage, spec);
  kill(first, SIGKILL);
  await_end(first);
  const pid_t second = pid_for(provider, stage, spec);
  CHECK(second != first);

  auto backend = lease(provider, stage, spec);
  CHECK(backend->started().pid == second);
  backend->stop();
  backend.end();
  CHECK(pid_for(provider, stage, spec) != second);
}

TEST_CASE("J8 KeepingProvider keeps only so many idle backends") {
  Stage stage;
  KeepingProvider provider(patient());
  std::vector<pid_t> pids;
  for (std::size_t i = 0; i <= KeepingProvider::most_idle; ++i) {
    auto spec = stage.fake("well");
    spec.object = "object" + std::to_string(i);
    pids.push_back(pid_for(provider, stage, spec));
  }
  CHECK(!is_running(pids.front()));
  for (std::size_t i = 1; i < pids.size(); ++i) CHECK(is_running(pids[i]));
}

TEST_CASE("KeepingProvider stops its backends when it ends") {
  Stage stage;
  pid_t pid = 0;
  {
    KeepingProvider provider(patient());
    pid = pid_for(provider, stage, stage.fake("well"));
    CHECK(is_running(pid));
  }
  CHECK(!is_running(pid));
}

TEST_CASE("KeepingProvider tells why there is no backend") {
  Stage stage;
  KeepingProvider provider(patient());
  const auto backend =
      provider.backend_for(stage.fake("fails"), stage.observer, stage.cancellation);
  REQUIRE(!backend);
  CHECK(backend.error().code == errc::backend_unavailable);
}

TEST_CASE("E6 KeepingProvider gives out no backend whose interpreter was replaced") {
  Stage stage;
  KeepingProvider provider(patient());
  auto spec = stage.fake("well");
  spec.python = stage.dir / "python";
  std::filesystem::create_symlink("/usr/bin/python3", spec.python);
  const pid_t first = pid_for(provider, stage, spec);
  CHECK(pid_for(provider, stage, spec) == first);
  SUBCASE("by another link") {
    std::filesystem::remove(spec.python);
    std::filesystem::create_symlink("/bin/sh", spec.python);
  }
  SUBCASE("by nothing") {
    std::filesystem::remove(spec.python);
  }
  const pid_t second = pid_for(provider, stage, spec);
  CHECK(second != first);
  CHECK(!is_running(first));
}

TEST_CASE("E4 KeepingProvider slows a crash loop down and then ends it") {
  Stage stage;
  KeepingProvider provider(patient(), {.deaths = 2, .window = 60s, .pause = 100ms});
  const auto spec = stage.fake("dies");
  const auto start = [&] {
    const auto backend = provider.backend_for(spec, stage.observer, stage.cancellation);
    REQUIRE(!backend);
    CHECK(backend.error().code == errc::backend_gone);
    CHECK(contains(backend.error().message, "exited with code 3"));
  };
  const Stopwatch watch;
  for (int death = 0; death < 4; ++death) start();
  CHECK(watch.elapsed() >= 300ms);  // 0, 0, 100, 200
  CHECK(stage.observer.begun.size() == 4);
  REQUIRE(stage.observer.notices.size() == 1);
  CHECK(contains(stage.observer.notices[0], "has died 2 times"));
  start();
  CHECK(stage.observer.begun.size() == 4);  // it was not even tried

  SUBCASE("for backends of its kind only") {
    CHECK(pid_for(provider, stage, stage.fake("well")) > 0);
  }
}

TEST_CASE("E4 KeepingProvider counts a backend that was replaced before it accepted a command") {
  Stage stage;
  KeepingProvider provider(patient(), {.deaths = 2, .window = 60s, .pause = 10ms});
  const auto spec = stage.fake("dies_before_accept_once");
  for (int death = 0; death < 2; ++death) {
    std::filesystem::remove(stage.tree / "died-once");
    auto backend = lease(provider, stage, spec);
    const frontend::HookCall call{.hook = "build_wheel", .source_tree = stage.tree};
    returned(backend->call(call, stage.observer, stage.cancellation));
  }
  CHECK(!is_running(pid_for(provider, stage, spec)));
}

TEST_CASE("E4 KeepingProvider uses a backend once where they die too often") {
  Stage stage;
  KeepingProvider provider(patient(), {.deaths = 2, .window = 60s, .pause = 10ms});
  const auto spec = stage.fake("well");
  for (int death = 0; death < 2; ++death) {
    const pid_t idle = pid_for(provider, stage, spec);
    kill(idle, SIGKILL);
    await_end(idle);
  }
  const pid_t first = pid_for(provider, stage, spec);
  CHECK(!is_running(first));
  CHECK(pid_for(provider, stage, spec) != first);
}

TEST_CASE("E4 KeepingProvider stops waiting when it is told to") {
  Stage stage;
  KeepingProvider provider(patient(), {.deaths = 5, .window = 60s, .pause = 60s});
  const auto spec = stage.fake("dies");
  for (int death = 0; death < 2; ++death) {
    CHECK(!provider.backend_for(spec, stage.observer, stage.cancellation));
  }
  const Stopwatch watch;
  const std::jthread impatient([&] { stage.cancellation.request(SIGTERM); });
  const auto backend = provider.backend_for(spec, stage.observer, stage.cancellation);
  REQUIRE(!backend);
  CHECK(backend.error().code == errc::cancelled);
  CHECK(watch.elapsed() < 30s);
}

TEST_SUITE_END();
