// A cache of environments of a test's own, and an installer whose work can be seen.
#pragma once

#include "frontend/environment_cache.hpp"
#include "frontend/interpreter.hpp"
#include "tests/support/pythons.hpp"
#include "tests/support/recording_observer.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace axle::test {

using Lines = std::vector<std::string>;

/// Installs a requirement as a package of its name; "bad" fails.
class FakeInstaller final : public frontend::Installer {
 public:
  /// `meanwhile` is called in the middle of each installation.
  FakeInstaller(std::vector<Lines>& calls, std::function<void()> meanwhile)
      : calls_(calls), meanwhile_(std::move(meanwhile)) {}

  Result<> install(const frontend::Environment& environment,
                   const Lines& requirements,
                   frontend::Observer&,
                   const frontend::Cancellation&) override {
    calls_.push_back(requirements);
    for (const std::string& requirement : requirements) {
      const auto package = environment.site_packages() / requirement;
      std::filesystem::create_directories(package / "inner");
      std::ofstream(package / "__init__.py") << "value = 1\n";
      std::ofstream(package / "inner/deep.py") << "value = 2\n";
      std::ofstream(environment.site_packages() / (requirement + "_alone.py")) << "value = 3\n";
      if (requirement == "bad") return fail(errc::environment_failed, "bad");
    }
    if (meanwhile_) meanwhile_();
    return {};
  }

 private:
  std::vector<Lines>& calls_;
  std::function<void()> meanwhile_;
};

/// Each `axle()` is an axle of its own with the same cache.
struct EnvironmentStage {
  TempDir dir;
  ScopedVariable cache{"XDG_CACHE_HOME", dir / "cache"};
  std::filesystem::path root = dir / "cache/axle/environments";
  frontend::Interpreter interpreter = axle::test::interpreter(python());
  frontend::BuildOptions options = {};
  RecordingObserver observer;
  frontend::Cancellation cancellation;
  std::vector<Lines> calls = {};
  std::function<void()> meanwhile = {};

  std::unique_ptr<frontend::EnvironmentCache> axle() {
    return frontend::EnvironmentCache::create(options,
                                              std::make_unique<FakeInstaller>(calls, [this] {
                                                if (meanwhile) meanwhile();
                                              }));
  }
  /// What a new axle gets for `requirements`, which have to be had.
  std::shared_ptr<const frontend::Environment> environment_for(const Lines& requirements) {
    auto environment =
        axle()->environment_for(interpreter, requirements, observer, cancellation, "project");
    REQUIRE_MESSAGE(environment, (environment ? "" : environment.error().message));
    return *std::move(environment);
  }
  Error failure_for(const Lines& requirements) {
    auto environment = axle()->environment_for(interpreter, requirements, observer, cancellation);
    REQUIRE(!environment);
    return environment.error();
  }
  /// How many entries there are in the cache's folder: locks, folders of keys.
  [[nodiscard]] long entries() const {
    return std::distance(std::filesystem::directory_iterator(root), {});
  }
};

}  // namespace axle::test
