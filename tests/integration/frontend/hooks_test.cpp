// The eight hooks, asked of the real axle-backend with the in-tree backend of
// tests/packages/scripted.
#include "frontend/hooks.hpp"

#include "frontend/backend_provider.hpp"
#include "tests/integration/frontend/stage.hpp"

#include <utility>

using namespace axle;
using namespace axle::test;
using namespace std::chrono_literals;
using frontend::Activity;
using frontend::Hooks;
using Strings = std::vector<std::string>;

namespace {

/// Hooks of the scripted backend, which does what `action` names.
struct HooksStage : Stage {
  frontend::KeepingProvider provider{patient()};
  std::filesystem::path output = dir.make_directory("output");

  Hooks hooks(const std::string& action = "") {
    std::string settings = "null";
    if (!action.empty())
      settings = ipc::JsonObject().add("do", ipc::json_string(action)).text().text;
    auto backend = provider.backend_for(real(), observer, cancellation);
    if (!backend) FAIL("no backend: " << backend.error().message);
    return Hooks(*std::move(backend),
                 {.source_tree = tree, .project = "./scripted", .config_settings = {{settings}}},
                 observer,
                 cancellation);
  }
  [[nodiscard]] std::string called() const { return dir.read("output/called.json"); }
};

}  // namespace

TEST_SUITE_BEGIN("frontend::Hooks");

TEST_CASE("Hooks return what the standards say") {
  HooksStage stage;
  auto hooks = stage.hooks();
  CHECK(hooks.get_requires_for_build_wheel().value() == Strings{"first >= 1", "second"});
  CHECK(hooks.get_requires_for_build_sdist().value() == Strings{});
  CHECK(hooks.build_sdist(stage.output).value() == "scripted-1.tar.gz");
  CHECK(hooks.build_wheel(stage.output).value() == "scripted-1-py3-none-any.whl");
  const auto metadata = hooks.prepare_metadata_for_build_wheel(stage.output);
  REQUIRE(metadata);
  CHECK(*metadata == "scripted-1.dist-info");
}

TEST_CASE("Hooks pass arguments by their names and run in the source tree") {
  HooksStage stage;
  auto hooks = stage.hooks("print");
  REQUIRE(hooks.build_wheel(stage.output, "/meta/data"));
  CHECK(stage.called() == R"({"config_settings": {"do": "print"}, "cwd": ")" + stage.tree.string() +
                              R"(", "metadata_directory": "/meta/data"})");
  CHECK(stage.observer.out == "to stdout\n");
  CHECK(stage.observer.err == "to stderr\n");
  REQUIRE(hooks.build_sdist(stage.output));
  CHECK(stage.called() ==
        R"({"config_settings": {"do": "print"}, "cwd": ")" + stage.tree.string() + R"("})");
}

TEST_CASE("I2 Hooks pass paths that are not UTF-8 byte for byte") {
  HooksStage stage;
  stage.tree = stage.dir.make_directory(
      "tr\xE9"
      "e\n");
  stage.output = stage.dir.make_directory("out\xFF");
  auto hooks = stage.hooks();
  REQUIRE(hooks.build_wheel(stage.output));
  CHECK(std::filesystem::exists(stage.output / "called.json"));
  CHECK(contains(stage.dir.read("out\xFF/called.json"), "tr\\udce9e\\n"));
}

TEST_CASE("Hooks are told to the observer with their end") {
  HooksStage stage;
  REQUIRE(stage.hooks().build_wheel(stage.output));
  REQUIRE(!stage.hooks("raise").build_wheel(stage.output));
  const auto& ended = stage.observer.ended;
  REQUIRE(ended.size() == 3);  // after the start of the backend
  CHECK(ended[1].activity.kind == Activity::Kind::run_hook);
  CHECK(ended[1].activity.what == "build_wheel");
  CHECK(ended[1].activity.project == "./scripted");
  CHECK(ended[1].succeeded);
  CHECK(!ended[2].succeeded);
}

TEST_CASE("Hooks that a backend may lack are answered without a call") {
  HooksStage stage;
  auto hooks = stage.hooks();
  CHECK(hooks.get_requires_for_build_editable().value() == Strings{});
  const auto metadata = hooks.prepare_metadata_for_build_editable(stage.output);
  REQUIRE(metadata);
  CHECK(!*metadata);
  CHECK(stage.observer.ended.size() == 1);
}

TEST_CASE("A9 Hooks that a backend must have and lacks are errors") {
  HooksStage stage;
  auto hooks = stage.hooks();
  const auto wheel = hooks.build_editable(stage.output);
  REQUIRE(!wheel);
  CHECK(wheel.error().code == errc::hook_missing);
  CHECK(contains(wheel.error().message, "PEP 660"));
  REQUIRE(wheel.error().hook_failure);
  CHECK(wheel.error().hook_failure->missing);
}

TEST_CASE("A1 Hooks that raise fail with what they raised and its causes") {
  HooksStage stage;
  const auto wheel = stage.hooks("raise").build_wheel(stage.output);
  REQUIRE(!wheel);
  CHECK(wheel.error().code == errc::hook_failed);
  CHECK(wheel.error().message == "build_wheel of scripted failed: ValueError: two lines ...");
  CHECK(wheel.error().others.empty());
  const auto failure = wheel.error().hook_failure;
  REQUIRE(failure);
  CHECK(failure->exc_msg == "two lines\nof text");
  CHECK(contains(failure->traceback, "scripted.py"));
  REQUIRE(!failure->causes.empty());
  CHECK(failure->causes[0].exc_msg == "the root cause");
}

TEST_CASE("B1 B2 Hooks whose process ends fail and leave the backend alive") {
  HooksStage stage;
  const auto exited = stage.hooks("exit").build_wheel(stage.output);
  REQUIRE(!exited);
  CHECK(exited.error().code == errc::hook_failed);
  CHECK(exited.error().hook_failure->code == 7);
  const auto aborted = stage.hooks("abort").build_wheel(stage.output);
  REQUIRE(!aborted);
  CHECK(aborted.error().code == errc::hook_failed);
  CHECK(aborted.error().hook_failure->signal == SIGABRT);
  CHECK(contains(aborted.error().message, "SIGABRT"));
  CHECK(stage.hooks().build_wheel(stage.output));
  CHECK(stage.observer.begun.size() == 4);  // one start, three hooks
}

TEST_CASE("Hooks tell an sdist that is not supported") {
  HooksStage stage;
  const auto sdist = stage.hooks("raise unsupported").build_sdist(stage.output);
  REQUIRE(!sdist);
  CHECK(sdist.error().code == errc::hook_failed);
  REQUIRE(sdist.error().hook_failure);
  CHECK(sdist.error().hook_failure->unsupported);
}

TEST_CASE("A8 Hooks that return the wrong type name what came") {
  HooksStage stage;
  auto hooks = stage.hooks("return a number");
  const auto wheel = hooks.build_wheel(stage.output);
  REQUIRE(!wheel);
  CHECK(wheel.error().code == errc::bad_artifact);
  CHECK(contains(wheel.error().message, "build_wheel of scripted"));
  CHECK(contains(wheel.error().message, "7"));
  const auto requirements = hooks.get_requires_for_build_wheel();
  REQUIRE(!requirements);
  CHECK(requirements.error().code == errc::bad_artifact);
}

TEST_CASE("Hooks can be called by name and tell their outcome as it is") {
  HooksStage stage;
  auto hooks = stage.hooks();
  const auto returned_value = hooks.call("get_requires_for_build_sdist", {"{}"});
  REQUIRE(returned_value);
  CHECK(*returned_value == ipc::Outcome{ipc::Returned{{"[]"}}});
  const auto missing = hooks.call("build_nothing", {"{}"});
  REQUIRE(missing);
  REQUIRE(std::holds_alternative<ipc::HookFailure>(*missing));
  CHECK(std::get<ipc::HookFailure>(*missing).missing);
  CHECK(!stage.observer.ended.back().succeeded);
}

TEST_SUITE_END();
