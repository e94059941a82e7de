#include "cli/trace.hpp"

#include "ipc/json.hpp"
#include "ipc/private_dir.hpp"
#include "tests/support/recording_observer.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

using namespace axle::cli;
using namespace std::chrono_literals;
using axle::frontend::Activity;
using axle::test::RecordingObserver;
namespace fs = std::filesystem;
namespace json = axle::ipc::json;
using Kind = Activity::Kind;

TEST_SUITE_BEGIN("cli::Trace");

namespace {

struct Span {
  std::string name;
  std::string category;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t lane = 0;
  json::Object details;

  [[nodiscard]] bool encloses(const Span& other) const {
    return begin <= other.begin && other.end <= end && lane == other.lane;
  }
  [[nodiscard]] std::string detail(std::string_view key) const {
    return json::get<std::string>(details, key).value_or("");
  }
};

json::Array events_in(const fs::path& file) {
  const auto text = axle::ipc::read_file(file, 1u << 20).value();
  const auto document = json::parse(text, 16).value();
  return std::get<json::Array>(
      json::find(std::get<json::Object>(document.data), "traceEvents")->data);
}

// The events of a phase, in the order of the file.
std::vector<json::Object> events_in(const fs::path& file, std::string_view phase) {
  std::vector<json::Object> chosen;
  for (const json::Value& value : events_in(file)) {
    const auto& event = std::get<json::Object>(value.data);
    if (json::get<std::string>(event, "ph") == phase) chosen.push_back(event);
  }
  return chosen;
}

std::vector<Span> spans_in(const fs::path& file) {
  std::vector<Span> spans;
  for (const json::Object& event : events_in(file, "X")) {
    const auto begin = json::require<std::int64_t>(event, "ts").value();
    spans.push_back({.name = json::require<std::string>(event, "name").value(),
                     .category = json::require<std::string>(event, "cat").value(),
                     .begin = begin,
                     .end = begin + json::require<std::int64_t>(event, "dur").value(),
                     .lane = json::require<std::int64_t>(event, "tid").value(),
                     .details = std::get<json::Object>(json::find(event, "args")->data)});
  }
  return spans;
}

const Activity start{Kind::start_backend, "demo_backend", "."};
const Activity hook{Kind::run_hook, "build_wheel", "."};

}  // namespace

TEST_CASE("A trace has every activity within its build, with the process of each hook") {
  const axle::test::TempDir folder;
  Trace trace(folder.path() / "trace.json");
  REQUIRE(trace.begin().has_value());
  RecordingObserver inner;
  {
    TracedObserver observer(trace, "demo", inner);
    observer.started(hook);
    observer.started(start);
    observer.finished(start, true, 1ms);
    observer.hook_runs_in(4711);
    observer.finished(hook, false, 2ms);
  }
  REQUIRE(trace.write().has_value());
  const auto spans = spans_in(folder.path() / "trace.json");
  REQUIRE(spans.size() == 3);
  CHECK(spans[0].name == "Starting demo_backend");
  CHECK(spans[0].category == "start_backend");
  CHECK(spans[0].detail("outcome") == "succeeded");
  CHECK(spans[1].name == "build_wheel");
  CHECK(spans[1].detail("outcome") == "failed");
  CHECK(json::get<std::int64_t>(spans[1].details, "hook_pid") == 4711);
  CHECK(spans[2].name == "demo");
  CHECK(spans[2].category == "build");
  CHECK(spans[1].encloses(spans[0]));
  CHECK(spans[2].encloses(spans[1]));
}

TEST_CASE("A traced observer tells the other one everything") {
  Trace trace({});
  RecordingObserver inner;
  {
    TracedObserver observer(trace, "demo", inner);
    observer.started(hook);
    observer.output(axle::frontend::Observer::Stream::out, "printed");
    observer.notice("a sentence");
    observer.finished(hook, true, 7ms);
  }
  REQUIRE(inner.begun.size() == 1);
  REQUIRE(inner.ended.size() == 1);
  CHECK(inner.ended[0].elapsed == 7ms);
  CHECK(inner.out == "printed");
  CHECK(inner.notices == std::vector<std::string>{"a sentence"});
}

TEST_CASE("An activity that never finished is in the trace as abandoned") {
  const axle::test::TempDir folder;
  Trace trace(folder.path() / "trace.json");
  RecordingObserver inner;
  {
    TracedObserver observer(trace, "demo", inner);
    observer.started(hook);
  }
  REQUIRE(trace.write().has_value());
  const auto spans = spans_in(folder.path() / "trace.json");
  REQUIRE(spans.size() == 2);
  CHECK(spans[0].detail("outcome") == "abandoned");
}

TEST_CASE("Builds side by side have lanes of their own, and a later build takes over a free one") {
  const axle::test::TempDir folder;
  Trace trace(folder.path() / "trace.json");
  RecordingObserver inner;
  {
    const TracedObserver one(trace, "one", inner);
    std::optional<TracedObserver> two(std::in_place, trace, "two", inner);
    two.reset();
    const TracedObserver three(trace, "three", inner);
  }
  REQUIRE(trace.write().has_value());
  std::vector<std::pair<std::string, std::int64_t>> lanes;
  for (const Span& span : spans_in(folder.path() / "trace.json")) {
    lanes.emplace_back(span.name, span.lane);
  }
  CHECK(lanes ==
        std::vector<std::pair<std::string, std::int64_t>>{{"two", 2}, {"three", 2}, {"one", 1}});
  const auto names = events_in(folder.path() / "trace.json", "M");
  CHECK(names.size() == 3);  // of the process and of two lanes
}

TEST_CASE(
    "A notice is a mark in its lane, and bytes that are not UTF-8 are shown as what they are") {
  const axle::test::TempDir folder;
  Trace trace(folder.path() / "trace.json");
  RecordingObserver inner;
  {
    TracedObserver(trace, "demo", inner).notice("caf\xe9");
  }
  REQUIRE(trace.write().has_value());
  const auto marks = events_in(folder.path() / "trace.json", "i");
  REQUIRE(marks.size() == 1);
  CHECK(json::get<std::string>(marks[0], "name") == "caf\\xe9");
}

TEST_CASE("A trace is a whole file from its beginning") {
  const axle::test::TempDir folder;
  const Trace trace(folder.path() / "trace.json");
  REQUIRE(trace.begin().has_value());
  CHECK(events_in(folder.path() / "trace.json").size() == 1);  // the name of the process
}

TEST_CASE("A trace that cannot be written is wrong usage before there is anything to record") {
  const axle::test::TempDir folder;
  const auto begun = Trace(folder.path() / "missing" / "trace.json").begin();
  REQUIRE_FALSE(begun.has_value());
  CHECK(begun.error().code == axle::errc::usage);
  CHECK_FALSE(Trace(folder.path()).begin().has_value());
}

TEST_CASE("Without a file nothing is recorded") {
  Trace trace({});
  CHECK(trace.begin().has_value());
  CHECK(trace.write().has_value());
}
