#include "frontend/environment_store.hpp"

#include <doctest/doctest.h>

#include <fstream>

using axle::errc;
using axle::Result;
using axle::frontend::Activity;
using axle::frontend::Cancellation;
using axle::frontend::Environment;
using axle::frontend::EnvironmentStore;
using axle::frontend::Installer;
using axle::frontend::Interpreter;
using axle::frontend::Observer;

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

TEST_SUITE_BEGIN("frontend::EnvironmentStore");

namespace {

Interpreter some_interpreter() {
  return {.executable = "/usr/bin/python3",
          .base_executable = "/usr/bin/python3",
          .real_executable = "/usr/bin/python3.11",
          .version = "3.11.2",
          .implementation = "cpython",
          .platform = "linux-x86_64",
          .prefix = "/usr",
          .base_prefix = "/usr",
          .purelib = "lib/python3.11/site-packages",
          .platlib = "lib/python3.11/site-packages"};
}

/// Installs a requirement by writing a file of its name; "bad" fails.
class FakeInstaller final : public Installer {
 public:
  explicit FakeInstaller(std::vector<Lines>& calls) : calls_(calls) {}

  Result<> install(const Environment& environment,
                   const Lines& requirements,
                   Observer&,
                   const Cancellation&) override {
    calls_.push_back(requirements);
    for (const std::string& requirement : requirements) {
      std::ofstream(environment.site_packages() / requirement) << requirement;
      if (requirement == "bad") return axle::fail(errc::environment_failed, "bad");
    }
    return {};
  }

 private:
  std::vector<Lines>& calls_;
};

class RecordingObserver final : public Observer {
 public:
  void started(const Activity& activity) override { tell("start", activity); }
  void finished(const Activity& activity, bool succeeded, std::chrono::milliseconds) override {
    tell(succeeded ? "done" : "failed", activity);
  }
  Lines told;

 private:
  void tell(const std::string& what, const Activity& activity) {
    const bool installs = activity.kind == Activity::Kind::install_requirements;
    told.push_back(what + (installs ? " install " : " create ") + activity.what + " for " +
                   activity.project);
  }
};

struct Fixture {
  std::vector<Lines> calls;
  RecordingObserver observer;
  Cancellation cancellation;
  std::unique_ptr<EnvironmentStore> store =
      EnvironmentStore::create(std::make_unique<FakeInstaller>(calls)).value();

  auto environment_for(const Lines& requirements) {
    return store->environment_for(
        some_interpreter(), requirements, observer, cancellation, "project");
  }
};

}  // namespace

TEST_CASE("EnvironmentStore gives one environment to all that need the same") {
  Fixture fixture;
  const auto first = fixture.environment_for({"b", "a"});
  REQUIRE(first);
  const auto again = fixture.environment_for({"a", "b", "a"});
  REQUIRE(again);
  CHECK(*again == *first);
  const auto larger = fixture.environment_for({"a", "b", "c"});
  REQUIRE(larger);
  CHECK((*larger)->prefix() != (*first)->prefix());
  CHECK(fixture.calls == std::vector<Lines>{{"a", "b"}, {"a", "b", "c"}});
  CHECK(fs::exists((*first)->site_packages() / "b"));
  CHECK_FALSE(fs::exists((*first)->site_packages() / "c"));
}

TEST_CASE("EnvironmentStore makes another environment for another interpreter") {
  Fixture fixture;
  Interpreter other = some_interpreter();
  other.version = "3.11.3";
  const auto first = fixture.environment_for({"a"});
  const auto second =
      fixture.store->environment_for(other, {"a"}, fixture.observer, fixture.cancellation);
  REQUIRE(first);
  REQUIRE(second);
  CHECK((*first)->prefix() != (*second)->prefix());
}

TEST_CASE("EnvironmentStore tells of what it does and of nothing where it does nothing") {
  Fixture fixture;
  REQUIRE(fixture.environment_for({"b", "a"}));
  REQUIRE(fixture.environment_for({"a", "b"}));
  CHECK(fixture.observer.told == Lines{"start create /usr/bin/python3 for project",
                                       "done create /usr/bin/python3 for project",
                                       "start install a\nb for project",
                                       "done install a\nb for project"});
}

TEST_CASE("EnvironmentStore installs nothing where nothing is required") {
  Fixture fixture;
  const auto environment = fixture.environment_for({});
  REQUIRE(environment);
  CHECK(fixture.calls.empty());
  CHECK(fs::is_symlink((*environment)->python()));
  CHECK(fixture.observer.told.size() == 2);
}

TEST_CASE("EnvironmentStore keeps nothing of an environment that failed and tries it anew") {
  Fixture fixture;
  const auto good = fixture.environment_for({"good"});
  REQUIRE(good);
  const fs::path folder = (*good)->prefix().parent_path();
  for (const std::size_t tries : {2, 3}) {
    const auto failed = fixture.environment_for({"bad"});
    REQUIRE(!failed);
    CHECK(failed.error().code == errc::environment_failed);
    CHECK(fixture.calls.size() == tries);
    CHECK(fixture.observer.told.back() == "failed install bad for project");
    CHECK(std::distance(fs::directory_iterator(folder), {}) == 1);
  }
}

TEST_CASE("EnvironmentStore takes its environments with it") {
  Fixture fixture;
  const auto environment = fixture.environment_for({"a"});
  REQUIRE(environment);
  const fs::path folder = (*environment)->prefix().parent_path();
  CHECK(folder.filename().string().starts_with("axle-env-"));
  CHECK(fs::exists(folder));
  fixture.store.reset();
  CHECK_FALSE(fs::exists(folder));
}

TEST_SUITE_END();
