#include "ipc/event.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace axle::ipc;
using axle::errc;
using namespace std::chrono_literals;
using namespace std::string_literals;

TEST_SUITE_BEGIN("ipc::BackendEvent");

namespace {

constexpr auto largest_id = ~std::uint64_t{0};

}  // namespace

TEST_CASE("Each event keeps every word through the wire") {
  const HookFailure failure = {.exc_type = "E", .exc_msg = "m", .causes = {{"C", "c"}}};
  const BackendEvent events[] = {
      Started{1, 4711, "<module 'x'>", {"build_wheel", "build_sdist"}, "forked", "3.11.2"},
      Started{2, 1, "native:/\xff", {}, "fresh"},
      FailedToStart{failure},
      Accepted{largest_id, "build_wheel"},
      Accepted{},
      Running{7, 17},
      Heartbeat{7, 61'002ms},
      Finished{7, "/caf\xe9/r.json"},
      Finished{7, "/r.json", Returned{{R"(["a"])"}}, "no space"},
      Finished{7, "/r.json", failure, ""},
      Finished{.id = 7, .result = "/r.json", .used = ProcessorTime{1'500us, 20us}},
      Rejected{0, "line\nbreak"},
      Notice{"\u00fc"},
      Warm{true, 2},
      Warm{true, 0, Training{1'000'000us, 1'300'000us}},
      Warm{},
  };
  for (const auto& event : events) {
    const auto line = encode(event);
    CAPTURE(line);
    CHECK(line.find('\n') == line.npos);
    const auto back = decode_event(line);
    REQUIRE(back);
    REQUIRE(back->has_value());
    CHECK(**back == event);
  }
}

TEST_CASE("R4.11 An event of an unknown name gives nothing and is no error") {
  const auto event = decode_event(R"({"event": "progress", "percent": 3})");
  REQUIRE(event);
  CHECK(!event->has_value());
}

TEST_CASE("E7 What is not an event breaks the protocol") {
  for (const auto* line :
       {"",
        "started",
        "[]",
        "{}",
        R"({"event": 1})",
        R"({"event": "accepted"})",
        R"({"event": "accepted", "id": -1, "cmd": "x"})",
        R"({"event": "running", "id": 1, "pid": "1"})",
        R"({"event": "running", "id": 1, "pid": 4294967296})",
        R"({"event": "started", "protocol": 1, "pid": 1, "backend": "", "hooks": [1],
            "hook_isolation": ""})",
        R"({"event": "failed_to_start", "failure": {"return": 1}})",
        R"({"event": "failed_to_start", "failure": []})",
        R"({"event": "finished", "id": 1, "result": "/r", "undelivered": {}})",
        R"({"event": "notice", "text": "a", "text": "b"})"}) {
    CAPTURE(line);
    const auto event = decode_event(line);
    REQUIRE(!event);
    CHECK(event.error().code == errc::protocol_error);
  }
}

TEST_CASE("An undelivered outcome fits an event however deep and long it is") {
  const std::string deepest = std::string(deepest_value, '[') + std::string(deepest_value, ']');
  const BackendEvent deep = Finished{1, "/r", Returned{{deepest}}, "t"};
  CHECK(decode_event(encode(deep)).value() == deep);

  const std::string longest = '"' + std::string(longest_result - 14, 'x') + '"';
  REQUIRE(encode(Returned{{longest}}).size() == longest_result);
  const auto path = "/" + std::string(4094, '\xff');
  CHECK(encode(Finished{1, path, Returned{{longest}}, "cannot write " + path}).size() <=
        longest_event);
  CHECK(!decode_event(encode(Notice{std::string(longest_event, 'x')})));
}

TEST_CASE("Cancel keeps every word through the wire") {
  const Cancel cancel = {largest_id, "SIGINT\n\u00fc", 2500ms};
  CHECK(decode_cancel(encode(cancel)).value() == cancel);
  CHECK(decode_cancel(encode(Cancel{})).value() == Cancel{});
}

TEST_CASE("Anything but a cancel on the control descriptor breaks the protocol") {
  for (const auto& line : {""s,
                           "cancel"s,
                           R"({"control": "stop", "id": 1, "reason": "", "grace_s": 1})"s,
                           R"({"id": 1, "reason": "", "grace_s": 1})"s,
                           R"({"control": "cancel", "reason": "", "grace_s": 1})"s,
                           R"({"control": "cancel", "id": 1, "reason": "", "grace_s": -1})"s,
                           encode(Cancel{1, std::string(longest_control, 'x')})}) {
    const auto cancel = decode_cancel(line);
    REQUIRE(!cancel);
    CHECK(cancel.error().code == errc::protocol_error);
  }
}

TEST_SUITE_END();
