// Every golden example of schemas/examples is read, written and read again.
#include "ipc/command.hpp"
#include "ipc/event.hpp"
#include "ipc/json_text.hpp"
#include "ipc/outcome.hpp"
#include "ipc/private_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <variant>
#include <vector>

using namespace axle::ipc;
namespace fs = std::filesystem;

TEST_SUITE_BEGIN("ipc::examples");

namespace {

const fs::path examples = AXLE_EXAMPLES_DIR;

struct Example {
  fs::path path;
  std::string text;
};

std::vector<Example> examples_in(const fs::path& folder) {
  std::vector<Example> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    REQUIRE(entry.path().extension() == ".json");
    auto text = read_file(entry.path(), longest_result);
    REQUIRE(text);
    found.push_back({entry.path(), *std::move(text)});
  }
  REQUIRE(!found.empty());
  std::ranges::sort(found, {}, &Example::path);
  return found;
}

/// Examples that were not written by us are only equal in what they say.
bool is_foreign(const Example& example) {
  return example.path.filename().string().starts_with("foreign_");
}

template <class Decode>
void check_round_trips(const std::string& kind, Decode decode) {
  for (const auto& example : examples_in(examples / kind)) {
    CAPTURE(example.path.string());
    const auto value = decode(example.text);
    REQUIRE(value);
    const auto written = encode(*value);
    if (!is_foreign(example)) CHECK(written + "\n" == example.text);
    const auto again = decode(written);
    REQUIRE(again);
    CHECK((*again == *value));
  }
}

axle::Result<BackendEvent> known_event(std::string_view line) {
  TRY(auto event, decode_event(line));
  if (!event) return axle::fail(axle::errc::protocol_error, "an event of an unknown name");
  return *std::move(event);
}

template <class Decode>
void check_refused(const std::string& kind, Decode decode) {
  for (const auto& example : examples_in(examples / "invalid" / kind)) {
    CAPTURE(example.path.string());
    CHECK(!decode(example.text));
  }
}

}  // namespace

TEST_CASE("Every example of a command is read and written alike") {
  check_round_trips("command", decode_command);
}

TEST_CASE("Every example of a result is read and written alike") {
  check_round_trips("result", decode_outcome);
}

TEST_CASE("Every example of an event is read and written alike") {
  check_round_trips("event", known_event);
}

TEST_CASE("Every example of a control message is read and written alike") {
  check_round_trips("control", decode_cancel);
}

TEST_CASE("The examples of events show every kind of event") {
  std::set<std::size_t> kinds;
  for (const auto& example : examples_in(examples / "event")) {
    kinds.insert(known_event(example.text).value().index());
  }
  CHECK(kinds.size() == std::variant_size_v<BackendEvent>);
}

TEST_CASE("Every invalid example of a command is refused") {
  check_refused("command", decode_command);
}

TEST_CASE("Every invalid example of a result is refused") {
  check_refused("result", decode_outcome);
}

TEST_CASE("Every invalid example of an event is refused") {
  check_refused("event", known_event);
}

TEST_CASE("Every invalid example of a control message is refused") {
  check_refused("control", decode_cancel);
}

TEST_CASE("Every example of what programs are told of a build is strict JSON") {
  for (const char* kind : {"build-event", "build-report", "doctor"}) {
    for (const auto& example : examples_in(examples / kind)) {
      CAPTURE(example.path.string());
      CHECK(parse_json_text(example.text));
    }
  }
}

TEST_CASE("No folder of examples is left out of these tests") {
  std::set<std::string> folders;
  for (const auto& entry : fs::directory_iterator(examples)) {
    folders.insert(entry.path().filename().string());
  }
  CHECK(folders == std::set<std::string>{"build-event",
                                         "build-report",
                                         "command",
                                         "control",
                                         "doctor",
                                         "event",
                                         "invalid",
                                         "result"});
  folders.clear();
  for (const auto& entry : fs::directory_iterator(examples / "invalid")) {
    folders.insert(entry.path().filename().string());
  }
  CHECK(folders ==
        std::set<std::string>{"build-event", "command", "control", "doctor", "event", "result"});
}

TEST_SUITE_END();
