// What can go wrong with environments that are kept: damage, deaths, full disks, others.
#include "frontend/environment_record.hpp"
#include "ipc/fd.hpp"
#include "tests/integration/frontend/environment_stage.hpp"

#include <doctest/doctest.h>

#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

using axle::errc;
using axle::Error;
using axle::test::EnvironmentStage;
using axle::test::Lines;
using axle::test::run_python;
using axle::test::ScopedVariable;

namespace fs = std::filesystem;

TEST_SUITE_BEGIN("frontend::EnvironmentCache faults");

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Another axle that stops in the middle of making the environment of {"a"}.
class Maker {
 public:
  explicit Maker(EnvironmentStage& stage) {
    auto half = axle::ipc::make_pipe().value();
    auto go_on = axle::ipc::make_pipe().value();
    pid_ = ::fork();
    if (pid_ == 0) {
      go_on.write_end.reset();
      stage.meanwhile = [&] {
        static_cast<void>(axle::ipc::write_all(half.write_end.number(), "x"));
        char byte = 0;
        static_cast<void>(::read(go_on.read_end.number(), &byte, 1));
      };
      const auto made = stage.axle()->environment_for(
          stage.interpreter, {"a"}, stage.observer, stage.cancellation);
      ::_exit(made ? 0 : 1);
    }
    half.write_end.reset();
    char byte = 0;
    REQUIRE(::read(half.read_end.number(), &byte, 1) == 1);
    go_on_ = std::move(go_on.write_end);
  }
  Maker(const Maker&) = delete;
  Maker& operator=(const Maker&) = delete;
  ~Maker() { kill(); }

  [[nodiscard]] pid_t pid() const { return pid_; }
  void go_on() { go_on_.reset(); }
  void kill() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(std::exchange(pid_, 0), nullptr, 0);
  }
  int wait() {
    int status = -1;
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    return status;
  }

 private:
  pid_t pid_ = 0;
  axle::ipc::UniqueFd go_on_;
};

/// A file system of its own in a folder, for the time of a scope; root alone can have one.
class Mounted {
 public:
  Mounted(fs::path folder, const std::string& options) : folder_(std::move(folder)) {
    fs::create_directories(folder_);
    done_ = ::mount("axle", folder_.c_str(), "tmpfs", 0, options.c_str()) == 0;
  }
  Mounted(const Mounted&) = delete;
  Mounted& operator=(const Mounted&) = delete;
  ~Mounted() {
    if (done_) ::umount2(folder_.c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] bool make_read_only() const {
    return ::mount("axle", folder_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "") == 0;
  }

 private:
  fs::path folder_;
  bool done_ = false;
};

}  // namespace

TEST_CASE("EnvironmentCache makes anew what is damaged and says so") {
  EnvironmentStage stage;
  int count = 0;
  const auto site = [](const fs::path& prefix) {
    return prefix / axle::test::interpreter(axle::test::python()).purelib;
  };
  const std::vector<std::function<void(const fs::path&)>> damages = {
      [](const fs::path& prefix) { fs::remove(prefix / "pyvenv.cfg"); },
      [](const fs::path& prefix) { std::ofstream(prefix / "pyvenv.cfg") << "home = /nowhere\n"; },
      [](const fs::path& prefix) {
        fs::remove(prefix / "bin/python");
        fs::create_symlink("/nonexistent/python", prefix / "bin/python");
      },
      [&](const fs::path& prefix) { fs::remove(site(prefix) / "a_alone.py"); },
      [&](const fs::path& prefix) { fs::remove(site(prefix) / "a/inner/deep.py"); },
      [&](const fs::path& prefix) { std::ofstream(site(prefix) / "added.pth") << "import x\n"; },
      [&](const fs::path& prefix) { fs::remove_all(site(prefix)); },
      [](const fs::path& prefix) {
        std::ofstream(prefix / axle::frontend::record_name) << "{\"format\": 1";
      },
      [](const fs::path& prefix) { fs::resize_file(prefix / axle::frontend::record_name, 0); },
  };
  for (const auto& damage : damages) {
    CAPTURE(count);
    const fs::path before = stage.environment_for({"a"})->prefix();
    stage.observer.notices.clear();
    damage(before);
    const auto after = stage.environment_for({"a"});
    CHECK(after->prefix() != before);
    CHECK_FALSE(fs::exists(before));
    REQUIRE(stage.observer.notices.size() == 1);
    CHECK(has(stage.observer.notices[0], before.string() + " is damaged and is made anew: "));
    CHECK(stage.calls.size() == static_cast<std::size_t>(++count) + 1);
  }
  CHECK(run_python(*stage.environment_for({"a"}), "import a.inner.deep") == "");
}

TEST_CASE("EnvironmentCache keeps nothing of an environment that failed and tries it anew") {
  EnvironmentStage stage;
  static_cast<void>(stage.environment_for({"good"}));
  for (const std::size_t tries : {2, 3}) {
    CHECK(stage.failure_for({"bad"}).code == errc::environment_failed);
    CHECK(stage.calls.size() == tries);
    CHECK_FALSE(stage.observer.ended.back().succeeded);
    CHECK(stage.entries() == 1);
  }
}

TEST_CASE(
    "EnvironmentCache waits for the axle that makes the same, and takes what that made (K4)") {
  EnvironmentStage stage;
  Maker maker(stage);
  stage.observer.on_notice = [&] { maker.go_on(); };
  const auto environment = stage.environment_for({"a"});
  CHECK(maker.wait() == 0);
  CHECK(stage.calls.empty());
  CHECK(run_python(*environment, "import a; print(a.value)") == "1\n");
  REQUIRE(stage.observer.notices.size() == 1);
  CHECK(has(stage.observer.notices[0], "waiting for another axle (pid "));
  CHECK(stage.entries() == 1);
}

TEST_CASE("EnvironmentCache can be stopped while it waits for another axle (L1)") {
  EnvironmentStage stage;
  const Maker maker(stage);
  std::thread ctrl_c;
  stage.observer.on_notice = [&] {
    ctrl_c = std::thread([&] { stage.cancellation.request(SIGINT); });
  };
  const Error stopped = stage.failure_for({"a"});
  ctrl_c.join();
  CHECK(stopped.code == errc::cancelled);
  CHECK(stopped.signal == SIGINT);
}

TEST_CASE("EnvironmentCache uses nothing of an axle that was killed, and sweeps it up (C6, H8)") {
  EnvironmentStage stage;
  Maker maker(stage);
  const fs::path shelf = [&] {
    for (const auto& entry : fs::directory_iterator(stage.root)) {
      if (entry.is_directory()) return entry.path();
    }
    return fs::path();
  }();
  REQUIRE_FALSE(shelf.empty());
  const fs::path half = fs::directory_iterator(shelf)->path();
  REQUIRE(fs::exists(half / "bin/python"));
  maker.kill();
  bool swept = false;
  stage.meanwhile = [&] { swept = !fs::exists(half); };  // the disk may be full of it
  const auto environment = stage.environment_for({"a"});
  CHECK(swept);
  CHECK(stage.calls.size() == 1);
  CHECK(environment->prefix() != half);
  CHECK_FALSE(fs::exists(half));
  CHECK(stage.entries() == 1);
  CHECK(run_python(*environment, "import a.inner.deep") == "");
}

TEST_CASE(
    "EnvironmentCache says so where there is no cache, and its environments go with it (I1)") {
  EnvironmentStage stage;
  const ScopedVariable temporary("TMPDIR", stage.dir.make_directory("tmp"));
  stage.dir.write("other/axle", "in the way");
  const ScopedVariable other("XDG_CACHE_HOME", stage.dir / "other");
  auto axle = stage.axle();
  for (const std::string requirement : {"a", "b"}) {
    const auto environment =
        axle->environment_for(stage.interpreter, {requirement}, stage.observer, stage.cancellation);
    REQUIRE(environment);
    CHECK(fs::exists((*environment)->site_packages() / requirement));
    const fs::path folder = (*environment)->prefix().parent_path();
    CHECK(folder.parent_path() == stage.dir / "tmp");
    CHECK(folder.filename().string().starts_with("axle-env-"));
  }
  REQUIRE(stage.observer.notices.size() == 1);
  CHECK(has(stage.observer.notices[0], "environments are not kept: "));
  CHECK(has(stage.observer.notices[0], (stage.dir / "other/axle").string()));
  axle.reset();
  CHECK(fs::is_empty(stage.dir / "tmp"));
}

TEST_CASE("EnvironmentCache does not use a cache that others could change (I1)") {
  EnvironmentStage stage;
  const fs::path kept = stage.environment_for({"a"})->prefix();
  REQUIRE(::chmod(stage.root.c_str(), 0777) == 0);
  const auto axle = stage.axle();
  const auto environment =
      axle->environment_for(stage.interpreter, {"a"}, stage.observer, stage.cancellation);
  REQUIRE(environment);
  CHECK((*environment)->prefix() != kept);
  REQUIRE(stage.observer.notices.size() == 1);
  CHECK(has(stage.observer.notices[0], "others can write to it"));
}

TEST_CASE("EnvironmentCache uses a cache that is read-only for what is in it (I1)") {
  EnvironmentStage stage;
  const Mounted disk(stage.dir / "cache", "mode=0700");
  if (!disk.done()) AXLE_SKIP("only root can mount");
  const fs::path kept = stage.environment_for({"a"})->prefix();
  REQUIRE(disk.make_read_only());
  CHECK(stage.environment_for({"a"})->prefix() == kept);
  CHECK(stage.observer.notices.empty());
  const auto axle = stage.axle();
  const auto other =
      axle->environment_for(stage.interpreter, {"b"}, stage.observer, stage.cancellation);
  REQUIRE(other);
  CHECK(fs::exists((*other)->site_packages() / "b"));
  REQUIRE(stage.observer.notices.size() == 1);
  CHECK(has(stage.observer.notices[0], "Read-only file system"));
}

TEST_CASE("EnvironmentCache leaves nothing on a disk that is full (H2)") {
  EnvironmentStage stage;
  const Mounted disk(stage.dir / "cache", "size=256k,mode=0700");
  if (!disk.done()) AXLE_SKIP("only root can mount");
  fs::path filler;
  stage.meanwhile = [&] {
    for (const auto& entry : fs::recursive_directory_iterator(stage.root)) {
      if (entry.path().filename() == "a") filler = entry.path() / "filler";
    }
    std::ofstream(filler) << std::string(1 << 20, 'x');
  };
  const Error failed = stage.failure_for({"a"});
  CHECK(failed.code == errc::environment_failed);
  CHECK(has(failed.message, "No space left on device"));
  CHECK(stage.entries() == 0);
  stage.meanwhile = {};
  CHECK(run_python(*stage.environment_for({"a"}), "import a") == "");
}

TEST_SUITE_END();
