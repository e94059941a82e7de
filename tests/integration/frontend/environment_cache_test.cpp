#include "frontend/environment_cache.hpp"

#include "frontend/environment_record.hpp"
#include "tests/integration/frontend/environment_stage.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <chrono>
#include <set>

using namespace std::chrono_literals;
using axle::errc;
using axle::frontend::Activity;
using axle::frontend::Environment;
using axle::frontend::EnvironmentCache;
using axle::frontend::Interpreter;
using axle::test::EnvironmentStage;
using axle::test::Lines;
using axle::test::run_python;
using axle::test::ScopedVariable;

namespace fs = std::filesystem;

TEST_SUITE_BEGIN("frontend::EnvironmentCache");

namespace {

/// Every file below a folder, with the time of its last change.
std::set<std::pair<std::string, fs::file_time_type>> files_in(const fs::path& folder) {
  std::set<std::pair<std::string, fs::file_time_type>> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.emplace(entry.path(), entry.last_write_time());
  }
  return files;
}

}  // namespace

TEST_CASE("EnvironmentCache gives one environment to all that need the same") {
  EnvironmentStage stage;
  const auto axle = stage.axle();
  const auto environment_for = [&](const Lines& requirements) {
    return axle
        ->environment_for(stage.interpreter, requirements, stage.observer, stage.cancellation)
        .value();
  };
  const auto first = environment_for({"b", "a"});
  CHECK(environment_for({"a", "b", "a"}) == first);
  const auto larger = environment_for({"a", "b", "c"});
  CHECK(larger->prefix() != first->prefix());
  CHECK(stage.calls == std::vector<Lines>{{"a", "b"}, {"a", "b", "c"}});
  CHECK(fs::exists(first->site_packages() / "b"));
  CHECK_FALSE(fs::exists(first->site_packages() / "c"));
}

TEST_CASE("EnvironmentCache gives a later axle what is there and starts nothing for it") {
  EnvironmentStage stage;
  const fs::path prefix = stage.environment_for({"b", "a"})->prefix();
  CHECK(prefix.parent_path().parent_path() == stage.root);
  stage.cancellation.request();  // what starts a process fails
  const ScopedVariable nothing("PATH", stage.dir.path());
  const auto later = EnvironmentCache::create(stage.options);
  const auto again =
      later->environment_for(stage.interpreter, {"a", "b"}, stage.observer, stage.cancellation);
  REQUIRE(again);
  CHECK((*again)->prefix() == prefix);
  CHECK((*again)->python() == prefix / "bin/python");
  CHECK(stage.calls.size() == 1);
  CHECK(stage.observer.begun.size() == 2);
  CHECK(stage.observer.notices.empty());
}

TEST_CASE("EnvironmentCache makes another environment for another interpreter or other settings") {
  EnvironmentStage stage;
  std::set<std::string> prefixes = {stage.environment_for({"a"})->prefix()};
  {
    const ScopedVariable index("PIP_INDEX_URL",
                               "https://user:my-secret-is-this@elsewhere.example/simple");
    const fs::path prefix = stage.environment_for({"a"})->prefix();
    CHECK(prefixes.insert(prefix).second);
    for (const auto& [file, time] : files_in(prefix)) {
      const std::string name = fs::relative(file, stage.dir.path());
      CHECK(stage.dir.read(name).find("my-secret-is-this") == std::string::npos);
    }
  }
  stage.interpreter.platform = "linux-other";
  CHECK(prefixes.insert(stage.environment_for({"a"})->prefix()).second);
  CHECK(stage.calls.size() == 3);
}

TEST_CASE("EnvironmentCache makes an environment anew for an interpreter that was replaced (E5)") {
  EnvironmentStage stage;
  fs::copy_file(stage.interpreter.real_executable, stage.dir / "python");
  stage.interpreter.base_executable = stage.interpreter.real_executable = stage.dir / "python";
  const fs::path before = stage.environment_for({"a"})->prefix();
  CHECK(stage.environment_for({"a"})->prefix() == before);
  fs::last_write_time(stage.dir / "python", fs::last_write_time(stage.dir / "python") + 1s);
  CHECK(stage.environment_for({"a"})->prefix() != before);
  CHECK(stage.calls.size() == 2);
}

TEST_CASE("EnvironmentCache tells of what it does and of nothing where it does nothing") {
  EnvironmentStage stage;
  static_cast<void>(stage.environment_for({"b", "a"}));
  static_cast<void>(stage.environment_for({"a", "b"}));
  REQUIRE(stage.observer.begun.size() == 2);
  CHECK(stage.observer.begun[0].kind == Activity::Kind::create_environment);
  CHECK(stage.observer.begun[0].what == stage.interpreter.executable);
  CHECK(stage.observer.begun[1].kind == Activity::Kind::install_requirements);
  CHECK(stage.observer.begun[1].what == "a\nb");
  CHECK(stage.observer.begun[1].project == "project");
  REQUIRE(stage.observer.ended.size() == 2);
  CHECK(stage.observer.ended[1].succeeded);
}

TEST_CASE("EnvironmentCache installs nothing where nothing is required") {
  EnvironmentStage stage;
  const auto environment = stage.environment_for({});
  CHECK(stage.calls.empty());
  CHECK(fs::is_symlink(environment->python()));
  CHECK(stage.observer.begun.size() == 1);
  CHECK(stage.environment_for({})->prefix() == environment->prefix());
}

TEST_CASE("EnvironmentCache compiles all modules, and later imports write nothing") {
  EnvironmentStage stage;
  const auto environment = stage.environment_for({"a"});
  const auto before = files_in(environment->site_packages());
  std::size_t compiled = 0;
  for (const auto& [file, time] : before) compiled += file.ends_with(".pyc") ? 1 : 0;
  CHECK(compiled == 3);
  CHECK(run_python(*environment, "import a, a.inner.deep, a_alone; print(a_alone.value)") == "3\n");
  CHECK(files_in(environment->site_packages()) == before);
  CHECK(stage.environment_for({"a"})->prefix() == environment->prefix());
  CHECK(stage.observer.notices.empty());
}

TEST_CASE("EnvironmentCache makes anew what is too old, and keeps the old one for who uses it") {
  EnvironmentStage stage;
  auto old = stage.environment_for({"a"});
  stage.options.environment_max_age = 0ms;
  const auto renewed = stage.environment_for({"a"});
  CHECK(renewed->prefix() != old->prefix());
  CHECK(renewed->prefix().parent_path() == old->prefix().parent_path());
  CHECK(run_python(*old, "import a; print(a.value)") == "1\n");
  stage.options.environment_max_age = 24h;
  CHECK(stage.environment_for({"a"})->prefix() == renewed->prefix());
  const fs::path folder = old->prefix();
  old.reset();
  stage.options.environment_max_age = 0ms;
  static_cast<void>(stage.environment_for({"a"}));
  CHECK_FALSE(fs::exists(folder));
  CHECK(fs::exists(renewed->prefix() / "bin/python"));
}

TEST_CASE("EnvironmentCache takes nothing that was made before the moment it is told") {
  EnvironmentStage stage;
  const fs::path before = stage.environment_for({"a"})->prefix();
  stage.options.environments_since = std::chrono::system_clock::now();
  const fs::path renewed = stage.environment_for({"a"})->prefix();
  CHECK(renewed != before);
  CHECK(stage.environment_for({"a"})->prefix() == renewed);  // one of several that are told so
  CHECK(stage.calls.size() == 2);
}

TEST_CASE("EnvironmentCache takes what there is, whatever its age, where there is no network") {
  EnvironmentStage stage;
  const fs::path before = stage.environment_for({"a"})->prefix();
  stage.options.environment_max_age = 0ms;
  stage.options.network = axle::frontend::Network::none;
  CHECK(stage.environment_for({"a"})->prefix() == before);
  CHECK(stage.calls.size() == 1);
}

TEST_CASE("EnvironmentCache does not believe an environment of the future (I4)") {
  EnvironmentStage stage;
  const fs::path before = stage.environment_for({"a"})->prefix();
  auto record = axle::frontend::read_record(before).value();
  record.made += 1h;
  record.stamps.clear();
  REQUIRE(axle::frontend::write_record(before, record));
  CHECK(stage.environment_for({"a"})->prefix() != before);
}

TEST_CASE("EnvironmentCache keeps nothing that has a folder of the user's in it") {
  EnvironmentStage stage;
  const fs::path project = stage.dir.make_directory("project");
  for (const std::size_t count : {1, 2}) {
    static_cast<void>(stage.environment_for({"a @ file://" + project.string()}));
    CHECK(stage.calls.size() == count);
  }
  CHECK_FALSE(fs::exists(stage.root));
  CHECK(stage.observer.notices.empty());
}

TEST_SUITE_END();
