#include "backend/interpreter_message.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace axle::backend;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("backend::InterpreterMessage");

TEST_CASE("Only an object is a message") {
  for (const auto* line :
       {"", "[]", "1", "null", "{", R"({"op": "warm"} x)", R"({"op": 1, "op": 2})"}) {
    CAPTURE(line);
    CHECK_FALSE(decode_message(line));
  }
  const auto message = decode_message(R"({"op": "forked", "pid": 7})");
  REQUIRE(message);
  CHECK(message->op == "forked");
  CHECK(axle::ipc::json::get<int>(message->members, "pid") == 7);
  for (const auto* line : {"{}", R"({"op": 1})", R"({"op": null})"}) {
    CAPTURE(line);
    REQUIRE(decode_message(line));
    CHECK(decode_message(line)->op.empty());
  }
}

TEST_CASE("A failure is taken only where it is one") {
  const auto read = [](const std::string& text) { return failure_in(*decode_message(text)); };
  const auto failure =
      read(R"({"op": "failed", "failure": {"code": 1, "exc_type": "OSError", "exc_msg": "full"}})");
  REQUIRE(failure);
  CHECK(failure->exc_type == "OSError");
  CHECK(failure->exc_msg == "full");
  for (const auto* text : {"{}", R"({"failure": 5})", R"({"failure": {"return": 5}})"}) {
    CAPTURE(text);
    REQUIRE_FALSE(read(text));
    CHECK(read(text).error().code == axle::errc::protocol_error);
  }
}

TEST_CASE("What is missing of the warmth is cold") {
  CHECK(warmth_in(*decode_message("{}")) == Warmth{});
  CHECK(warmth_in(*decode_message(
            R"({"spares": -1, "training_began_us": 5, "training_ended_us": 4})")) == Warmth{});
  CHECK(warmth_in(*decode_message(R"({"trained": 1, "spares": "2", "training_began_us": 5})")) ==
        Warmth{});
  const auto warmth = warmth_in(*decode_message(
      R"({"trained": true, "spares": 2, "training_began_us": 5, "training_ended_us": 9})"));
  CHECK(warmth.trained);
  CHECK(warmth.spares == 2);
  REQUIRE(warmth.training);
  CHECK(warmth.training->began == 5us);
  CHECK(warmth.training->ended == 9us);
}

TEST_CASE("Last words that are not quite right are none") {
  const auto words = last_words(R"({"left": true, "user_us": 3, "system_us": 4})");
  REQUIRE(words);
  CHECK(words->user == 3us);
  CHECK(words->system == 4us);
  CHECK(last_words(R"({"left": true, "user_us": 1000000000000000, "system_us": 0})"));
  for (const auto* line : {"",
                           "[]",
                           R"({"left": false, "user_us": 3, "system_us": 4})",
                           R"({"left": 1, "user_us": 3, "system_us": 4})",
                           R"({"user_us": 3, "system_us": 4})",
                           R"({"left": true, "user_us": 3})",
                           R"({"left": true, "user_us": -3, "system_us": 4})",
                           R"({"left": true, "user_us": 3.5, "system_us": 4})",
                           R"({"left": true, "user_us": 1000000000000001, "system_us": 4})",
                           R"({"left": true, "user_us": 9223372036854775807, "system_us": 4})"}) {
    CAPTURE(line);
    CHECK_FALSE(last_words(line));
  }
}

TEST_SUITE_END();
