#include "frontend/environment_inventory.hpp"

#include "tests/integration/frontend/environment_stage.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>

using namespace std::chrono_literals;
using axle::frontend::cached_environments;
using axle::frontend::CachedEnvironment;
using axle::frontend::remove_unused_environments;
using axle::test::EnvironmentStage;
using axle::test::Lines;
using State = axle::frontend::CachedEnvironment::State;

namespace fs = std::filesystem;

TEST_SUITE_BEGIN("frontend::EnvironmentInventory");

namespace {

/// As if it had last been used so long ago.
void age(const fs::path& prefix, std::chrono::seconds by) {
  const auto then = std::chrono::system_clock::now() - by;
  const timespec time{.tv_sec = std::chrono::system_clock::to_time_t(then), .tv_nsec = 0};
  const timespec times[] = {time, time};
  const fs::path record = prefix / axle::frontend::record_name;
  REQUIRE(::utimensat(AT_FDCWD, record.c_str(), times, 0) == 0);
}

std::vector<State> states() {
  std::vector<State> found;
  const auto environments = cached_environments().value();
  for (const auto& environment : environments) found.push_back(environment.state);
  return found;
}

}  // namespace

TEST_CASE("cached_environments tells of each what it is, and whether it is in use") {
  EnvironmentStage stage;
  CHECK(cached_environments().value().empty());
  auto environment = stage.environment_for({"b", "a @ https://me:secret@example.org/a.whl"});
  const auto all = cached_environments().value();
  REQUIRE(all.size() == 1);
  CHECK(all[0].folder == environment->prefix());
  CHECK(all[0].key == environment->prefix().parent_path().filename());
  REQUIRE(all[0].record);
  CHECK(all[0].record->key.starts_with(all[0].key));
  CHECK(all[0].record->version == stage.interpreter.version);
  CHECK(all[0].record->requirements == Lines{"a @ https://***@example.org/a.whl", "b"});
  CHECK(all[0].record->size > 100);
  CHECK(std::chrono::system_clock::now() - all[0].last_use < 1h);
  CHECK(all[0].state == State::in_use);
  const fs::path prefix = environment->prefix();
  environment.reset();
  CHECK(states() == std::vector{State::idle});
  fs::remove(prefix / "pyvenv.cfg");
  CHECK(states() == std::vector{State::damaged});
  fs::remove(prefix / axle::frontend::record_name);
  CHECK(states() == std::vector{State::unfinished});
}

TEST_CASE("remove_unused_environments removes what nobody has asked for, and nothing in use") {
  EnvironmentStage stage;
  const fs::path young = stage.environment_for({"young"})->prefix();
  const fs::path old = stage.environment_for({"old"})->prefix();
  const fs::path damaged = stage.environment_for({"damaged"})->prefix();
  const auto used = stage.environment_for({"used"});
  const auto used_and_damaged = stage.environment_for({"used-damaged"});
  age(old, 31 * 24h);
  age(used->prefix(), 31 * 24h);
  fs::remove(damaged / "pyvenv.cfg");
  fs::remove(used_and_damaged->prefix() / "pyvenv.cfg");
  fs::create_directories(stage.root / "0123456789abcdef/12/bin");
  std::ofstream(stage.root / "fedcba9876543210.lock") << "1\n";

  const auto removed = remove_unused_environments(30 * 24h).value();
  CHECK(removed.count == 3);
  CHECK(removed.in_use == 2);
  CHECK(removed.bytes > 0);
  CHECK(fs::exists(young / "bin/python"));
  CHECK(fs::exists(used->prefix() / "bin/python"));
  CHECK(fs::exists(used_and_damaged->prefix() / "bin/python"));
  CHECK(stage.entries() == 3);
}

TEST_CASE("remove_unused_environments with no time removes all that are not in use") {
  EnvironmentStage stage;
  static_cast<void>(stage.environment_for({"a"}));
  auto used = stage.environment_for({"b"});
  auto removed = remove_unused_environments(0ms).value();
  CHECK(removed.count == 1);
  CHECK(removed.in_use == 1);
  CHECK(axle::test::run_python(*used, "import b") == "");
  used.reset();
  removed = remove_unused_environments(0ms).value();
  CHECK(removed.count == 1);
  CHECK(stage.entries() == 0);
}

TEST_CASE("remove_unused_environments is also done by who makes one") {
  EnvironmentStage stage;
  const fs::path old = stage.environment_for({"old"})->prefix();
  age(old, 31 * 24h);
  static_cast<void>(stage.environment_for({"new"}));
  CHECK_FALSE(fs::exists(old));
  CHECK(stage.entries() == 1);
}

TEST_SUITE_END();
