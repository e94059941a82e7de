// The backends that a daemon keeps: which it lends, and which have to leave.
#include "frontend/daemon/warm_pool.hpp"

#include "tests/integration/frontend/stage.hpp"

#include <optional>
#include <utility>

using namespace axle;
using namespace axle::test;
using namespace std::chrono_literals;
using frontend::BackendSpec;
using frontend::WarmPool;
using frontend::WarmPoolLimits;

namespace {

/// A pool of stand-ins, and the loop that watches them.
struct Pool {
  explicit Pool(Stage& stage, WarmPoolLimits limits = {})
      : log(stage.dir.path() / "log"), pool(loop, log, limits) {}

  WarmPool::Offer lease(const BackendSpec& spec) {
    auto offer = pool.lease({.spec = spec, .start_bound = 60s});
    if (!offer) FAIL("no lease: " << offer.error().message);
    return *std::move(offer);
  }
  pid_t lease_and_return(const BackendSpec& spec) {
    const auto offer = lease(spec);
    pool.give_back(offer.id, "told");
    return offer.reply.pid;
  }
  void take_event() {
    const auto event = loop.next_event(ipc::deadline_in(30s));
    REQUIRE(event.kind != ipc::Event::Kind::deadline);
    pool.look_at(event);
  }
  /// Until nothing of it runs.
  void drain() {
    pool.let_all_idle_leave();
    while (!pool.empty()) take_event();
  }

  frontend::DaemonLog log;
  ipc::EventLoop loop;
  WarmPool pool;
};

}  // namespace

TEST_SUITE_BEGIN("frontend::WarmPool");

TEST_CASE("WarmPool lends an idle backend to whoever asks for the same, with what it has told") {
  Stage stage;
  Pool pool(stage);
  const auto first = pool.lease(stage.fake("well"));
  CHECK(first.reply.started.empty());
  const auto second = pool.lease(stage.fake("well"));
  CHECK(second.reply.pid != first.reply.pid);
  pool.pool.give_back(first.id, "told");
  auto elsewhere = stage.fake("well");
  elsewhere.source_tree = stage.dir.make_directory("another");
  const auto again = pool.lease(elsewhere);
  CHECK(again.reply.pid == first.reply.pid);
  CHECK(again.reply.started == "told");
  auto other = stage.fake("well");
  other.environment.emplace_back("PYTHONHASHSEED=1");
  CHECK(pool.lease_and_return(other) != first.reply.pid);
  pool.pool.give_back(second.id, "");
  pool.pool.give_back(again.id, "");
  pool.drain();
}

TEST_CASE("E6 G6 WarmPool lends none whose programs were replaced") {
  Stage stage;
  Pool pool(stage);
  auto spec = stage.fake("well");
  spec.python = stage.dir.path() / "python";
  std::filesystem::create_symlink("/usr/bin/python3", spec.python);
  const pid_t first = pool.lease_and_return(spec);
  CHECK(pool.lease_and_return(spec) == first);
  std::filesystem::remove(spec.python);
  std::filesystem::create_symlink("/usr/bin/python3", spec.python);
  CHECK(pool.lease_and_return(spec) != first);
  await_end(first);
  pool.drain();
}

TEST_CASE("J8 WarmPool lets backends leave that have done enough, or that are too many") {
  Stage stage;
  SUBCASE("after so many leases") {
    Pool pool(stage, {.recycling = {.most_leases = 2}});
    const pid_t first = pool.lease_and_return(stage.fake("well"));
    CHECK(pool.lease_and_return(stage.fake("well")) == first);
    CHECK(pool.lease_and_return(stage.fake("well")) != first);
    await_end(first);
    pool.drain();
  }
  SUBCASE("that have grown") {
    Pool pool(stage, {.recycling = {.memory = 1}});
    const auto offer = pool.lease(stage.fake("well"));
    // Its interpreter runs by then.
    pollfd told{.fd = offer.fds[4], .events = POLLIN, .revents = 0};
    REQUIRE(::poll(&told, 1, 30'000) == 1);
    pool.pool.give_back(offer.id, "told");
    CHECK(pool.lease_and_return(stage.fake("well")) != offer.reply.pid);
    await_end(offer.reply.pid);
    pool.drain();
  }
  SUBCASE("beside others that were used later") {
    Pool pool(stage, {.recycling = {.most_idle = 1}});
    auto other = stage.fake("well");
    other.object = "other";
    const pid_t first = pool.lease_and_return(stage.fake("well"));
    const pid_t second = pool.lease_and_return(other);
    CHECK(pool.lease_and_return(other) == second);
    await_end(first);
    pool.drain();
  }
  SUBCASE("that nobody has used") {
    Pool pool(stage, {.unused = 0ms});
    const pid_t first = pool.lease_and_return(stage.fake("well"));
    CHECK(pool.pool.next_expiry() <= ipc::Clock::now());
    pool.pool.let_unused_leave();
    await_end(first);
    pool.drain();
  }
}

TEST_CASE("K5 WarmPool lends only so many at a time") {
  Stage stage;
  Pool pool(stage, {.most_leased = 1});
  const auto first = pool.lease(stage.fake("well"));
  const auto refused = pool.pool.lease({.spec = stage.fake("well"), .start_bound = 60s});
  REQUIRE(!refused);
  CHECK(refused.error().message == "1 builds are under way");
  pool.pool.give_back(first.id, "");
  CHECK(pool.lease_and_return(stage.fake("well")) == first.reply.pid);
  pool.drain();
}

TEST_CASE("E4 WarmPool starts no more of a kind that dies again and again") {
  Stage stage;
  Pool pool(stage, {.recycling = {.deaths = {.deaths = 1, .window = 60s, .pause = 0ms}}});
  for (int death = 0; death < 2; ++death) {
    const auto offer = pool.lease(stage.fake("well"));
    ::kill(offer.reply.pid, SIGKILL);
    while (!pool.pool.end_of(offer.id)) pool.take_event();
    pool.pool.abandon(offer.id);
  }
  const auto refused = pool.pool.lease({.spec = stage.fake("well"), .start_bound = 60s});
  REQUIRE(!refused);
  CHECK(refused.error().message == "axle-backend for well has died: was killed by SIGKILL");
  auto other = stage.fake("well");
  other.object = "other";
  pool.lease_and_return(other);
  pool.drain();
}

TEST_CASE("G9 WarmPool kills what a client has left") {
  Stage stage;
  Pool pool(stage);
  const auto offer = pool.lease(stage.fake("well"));
  pool.pool.abandon(offer.id);
  await_end(offer.reply.pid);
  pool.drain();
}

TEST_CASE("WarmPool tells how a leased backend has ended") {
  Stage stage;
  Pool pool(stage);
  const auto offer = pool.lease(stage.fake("well"));
  CHECK(!pool.pool.end_of(offer.id));
  ::kill(offer.reply.pid, SIGTERM);
  while (!pool.pool.end_of(offer.id)) pool.take_event();
  CHECK(pool.pool.end_of(offer.id)->signal == SIGTERM);
  pool.pool.abandon(offer.id);
  CHECK(pool.pool.empty());
}

TEST_SUITE_END();
