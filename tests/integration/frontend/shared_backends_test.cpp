// What builders that share backends get: each has a provider of its own, as a builder does.
#include "frontend/shared_backends.hpp"

#include "frontend/backend_provider.hpp"
#include "tests/integration/frontend/stage.hpp"

#include <sys/resource.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

using namespace axle;
using namespace axle::test;
using frontend::BackendLease;
using frontend::BackendSpec;
using frontend::KeepingProvider;

namespace {

/// One of several builders.
class Builder {
 public:
  Builder(Stage& stage, std::shared_ptr<frontend::HostSource> shared)
      : stage_(stage), provider_(patient(), {}, std::move(shared)) {}

  BackendLease lease(const BackendSpec& spec) {
    auto backend = provider_.backend_for(spec, stage_.observer, stage_.cancellation);
    if (!backend) FAIL("no backend: " << backend.error().message);
    return *std::move(backend);
  }

 private:
  Stage& stage_;
  KeepingProvider provider_;
};

/// The process with which a builder builds that then goes.
pid_t build(Stage& stage,
            const std::shared_ptr<frontend::HostSource>& shared,
            const BackendSpec& spec) {
  Builder builder(stage, shared);
  return builder.lease(spec)->started().pid;
}

}  // namespace

TEST_SUITE_BEGIN("frontend::share_backends");

TEST_CASE("share_backends lets a builder have what another one has done with") {
  Stage stage;
  const auto shared = frontend::share_backends();
  auto spec = stage.fake("well");
  const pid_t first = build(stage, shared, spec);
  CHECK(is_running(first));
  spec.source_tree = stage.dir.make_directory("another");
  spec.project = spec.source_tree;
  CHECK(build(stage, shared, spec) == first);

  SUBCASE("not where something else is needed") {
    SUBCASE("another build backend") {
      spec.object = "other";
    }
    SUBCASE("another interpreter") {
      spec.python = "/usr/bin/env";
    }
    SUBCASE("another variable that is read at a start") {
      spec.environment.emplace_back("PYTHONHASHSEED=1");
    }
    CHECK(build(stage, shared, spec) != first);
  }
  SUBCASE("also where a build adds a variable for its hooks") {
    spec.environment.emplace_back("SOURCE_DATE_EPOCH=1");
    CHECK(build(stage, shared, spec) == first);
  }
}

TEST_CASE("share_backends ends a backend with its builder that nobody else may use") {
  Stage stage;
  const auto shared = frontend::share_backends();
  auto spec = stage.fake("well");
  SUBCASE("one that is in-tree") {
    spec.backend_path = {stage.tree};
  }
  SUBCASE("one that runs hooks in line") {
    spec.hook_isolation = frontend::HookIsolation::in_line;
  }
  SUBCASE("one that starts an interpreter for each hook") {
    spec.hook_isolation = frontend::HookIsolation::fresh;
  }
  CHECK(!is_running(build(stage, shared, spec)));
}

TEST_CASE("share_backends gives no backend to two at once, in whatever threads") {
  Stage stage;
  const auto shared = frontend::share_backends();
  const auto spec = stage.fake("well");
  constexpr int builds = 8;
  std::set<pid_t> seen;
  std::mutex mutex;
  std::atomic<int> twice = 0;
  const auto work = [&] {
    for (int i = 0; i < builds; ++i) {
      frontend::Observer silent;
      KeepingProvider provider(patient(), {}, shared);
      auto backend = provider.backend_for(spec, silent, stage.cancellation);
      const pid_t pid = backend ? (*backend)->started().pid : 0;
      const auto note = [&](bool taken) {
        const std::scoped_lock lock(mutex);
        if (taken ? !seen.insert(pid).second : seen.erase(pid) == 0) ++twice;
      };
      note(true);
      std::this_thread::yield();
      note(false);
    }
  };
  {
    const std::jthread one(work);
    const std::jthread other(work);
  }
  CHECK(twice == 0);
}

TEST_CASE("E1 share_backends gives out no dead backend") {
  Stage stage;
  const auto shared = frontend::share_backends();
  const auto spec = stage.fake("well");
  const pid_t first = build(stage, shared, spec);
  SUBCASE("that died while it waited") {
    kill(first, SIGKILL);
    await_end(first);
  }
  SUBCASE("that died in a build") {
    Builder builder(stage, shared);
    auto backend = builder.lease(spec);
    kill(first, SIGKILL);
    await_end(first);
  }
  const pid_t second = build(stage, shared, spec);
  CHECK(second != first);
  CHECK(build(stage, shared, spec) == second);
}

TEST_CASE("J1 share_backends ends a backend whose limits a hook has changed") {
  Stage stage;
  const auto shared = frontend::share_backends();
  pid_t pid = 0;
  {
    Builder builder(stage, shared);
    auto backend = builder.lease(stage.fake("well"));
    pid = backend->started().pid;
    rlimit limit{};
    REQUIRE(::prlimit(pid, RLIMIT_FSIZE, nullptr, &limit) == 0);
    limit.rlim_cur = 1 << 20;
    REQUIRE(::prlimit(pid, RLIMIT_FSIZE, &limit, nullptr) == 0);
  }
  CHECK(!is_running(pid));
}

TEST_CASE("share_backends ends a backend that could not run a hook") {
  Stage stage;
  const auto shared = frontend::share_backends();
  pid_t pid = 0;
  {
    Builder builder(stage, shared);
    auto backend = builder.lease(stage.fake("well"));
    pid = backend->started().pid;
    returned(stage.call(*backend));  // it has told of no process for it
  }
  CHECK(!is_running(pid));
}

TEST_CASE("E4 share_backends gives each its own where they die too often") {
  Stage stage;
  const auto shared = frontend::share_backends();
  const auto spec = stage.fake("well");
  for (int death = 0; death < 5; ++death) {
    const pid_t pid = build(stage, shared, spec);
    kill(pid, SIGKILL);
    await_end(pid);
  }
  for (int builds = 0; builds < 2; ++builds) CHECK(!is_running(build(stage, shared, spec)));
}

TEST_CASE("E6 share_backends gives out no backend whose interpreter was replaced") {
  Stage stage;
  const auto shared = frontend::share_backends();
  auto spec = stage.fake("well");
  spec.python = stage.dir / "python";
  std::filesystem::create_symlink("/usr/bin/python3", spec.python);
  const pid_t first = build(stage, shared, spec);
  std::filesystem::remove(spec.python);
  std::filesystem::create_symlink("/bin/sh", spec.python);
  CHECK(build(stage, shared, spec) != first);
  CHECK(!is_running(first));
}

TEST_CASE("J8 share_backends keeps only so many that wait") {
  Stage stage;
  const auto shared = frontend::share_backends();
  std::vector<pid_t> pids;
  for (int i = 0; i < 9; ++i) {
    auto spec = stage.fake("well");
    spec.object = "object" + std::to_string(i);
    pids.push_back(build(stage, shared, spec));
  }
  CHECK(!is_running(pids.front()));
  for (std::size_t i = 1; i < pids.size(); ++i) CHECK(is_running(pids[i]));
}

TEST_CASE("share_backends ends those that wait with the last of its owners") {
  Stage stage;
  auto shared = frontend::share_backends();
  auto spec = stage.fake("well");
  SUBCASE("that leave") {}
  SUBCASE("that do not") {
    spec.module = "never_leaves";
  }
  const pid_t pid = build(stage, shared, spec);
  {
    Builder builder(stage, shared);
    shared = nullptr;
    CHECK(builder.lease(spec)->started().pid == pid);
    CHECK(is_running(pid));
  }
  CHECK(!is_running(pid));
}

TEST_SUITE_END();
