#include "ipc/outcome.hpp"

#include "ipc/private_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

using namespace axle::ipc;
using axle::errc;
using namespace std::string_literals;

TEST_SUITE_BEGIN("ipc::Outcome");

namespace {

PrivateDir make_dir() {
  auto dir = PrivateDir::create(temporary_directory(), "axle-test-");
  REQUIRE(dir);
  return *std::move(dir);
}

HookFailure failure_of(std::string_view text) {
  const auto outcome = decode_outcome(text);
  REQUIRE(outcome);
  REQUIRE(std::holds_alternative<HookFailure>(*outcome));
  return std::get<HookFailure>(*outcome);
}

}  // namespace

TEST_CASE("R1.2 A failure always has the three keys of pyproject_api and else only what it knows") {
  CHECK(encode(HookFailure{.exc_type = "E", .exc_msg = "m"}) ==
        R"({"code": 1, "exc_type": "E", "exc_msg": "m"})");
  CHECK(encode(HookFailure{}) == R"({"code": 1, "exc_type": "", "exc_msg": ""})");
  CHECK(encode(Returned{{"[1]"}}) == R"({"return": [1]})");
}

TEST_CASE("A failure keeps every word through the wire") {
  const HookFailure failure = {
      .code = 137,
      .exc_type = "BackendDied",
      .exc_msg = "killed \u00fc \xff",
      .traceback = "T\n",
      .notes = {"n1", ""},
      .causes = {{"A", "a", "ta", {"na"}, "cause"}, {"B", "b", "", {}, ""}},
      .signal = 9,
      .out_of_memory = true,
      .timed_out = true,
      .cancelled = "who",
      .unsupported = true,
      .missing = true,
      .stderr_tail = "\x1b[0m\0\r\n"s,
      .stack = "s",
  };
  CHECK(failure_of(encode(failure)) == failure);
}

TEST_CASE("An outcome is written in ASCII whatever the hook returned") {
  CHECK(encode(Returned{{"\"\u00fc\""}}) == R"({"return": "\u00fc"})");
}

TEST_CASE("Optional keys of a wrong type are ignored") {
  const auto failure = failure_of(
      R"({"code": 2, "exc_type": "E", "exc_msg": "m", "x_traceback": 1, "x_notes": ["a", 1],
          "x_causes": [1, {"exc_type": "C", "exc_msg": null, "notes": 5}, []], "x_signal": "9",
          "x_oom": 1, "x_timed_out": null, "x_cancelled": true, "x_unsupported": "yes",
          "x_missing": [], "x_stderr_tail": {}, "x_stack": 0, "x_later": 1})");
  CHECK(failure == HookFailure{.code = 2,
                               .exc_type = "E",
                               .exc_msg = "m",
                               .causes = {{.exc_type = "C", .exc_msg = ""}}});
  CHECK(
      failure_of(R"({"code": 2, "exc_type": "E", "exc_msg": "m", "x_causes": {}})").causes.empty());
}

TEST_CASE("H7 A result that is not exactly one outcome breaks the protocol") {
  for (const auto* text : {"",
                           "[]",
                           "{}",
                           R"({"return": 1, "code": 1})",
                           R"({"return": 1, "exc_type": ""})",
                           R"({"return": 1, "exc_msg": ""})",
                           R"({"code": 1})",
                           R"({"exc_type": "", "exc_msg": ""})",
                           R"({"code": null, "exc_type": "", "exc_msg": ""})",
                           R"({"code": 2147483648, "exc_type": "", "exc_msg": ""})",
                           R"({"code": 1.0, "exc_type": "", "exc_msg": ""})",
                           R"({"code": 1, "exc_type": 1, "exc_msg": ""})",
                           R"({"code": 1, "exc_type": "", "exc_msg": null})",
                           R"({"return": NaN})",
                           R"({"return": )",
                           R"({"return": 1, "return": 1})",
                           "\xef\xbb\xbf{\"return\": 1}"}) {
    CAPTURE(text);
    const auto outcome = decode_outcome(text);
    REQUIRE(!outcome);
    CHECK(outcome.error().code == errc::protocol_error);
  }
}

TEST_CASE("H7 A result that is too long breaks the protocol") {
  std::string text = R"({"return": 1})";
  text.resize(longest_result + 1, ' ');
  REQUIRE(!decode_outcome(text));
  CHECK(decode_outcome(text).error().code == errc::protocol_error);
}

TEST_CASE("A result holds a value as deep as any value may be") {
  const auto result_of = [](std::size_t depth) {
    return R"({"return": )" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  CHECK(decode_outcome(result_of(deepest_value)));
  CHECK(!decode_outcome(result_of(deepest_value + 1)));
}

TEST_CASE("A result file comes back as it was written") {
  const auto dir = make_dir();
  const auto path = dir.path() / "result.json";
  const Outcome outcome = HookFailure{.exc_type = "E", .exc_msg = "m", .notes = {"n"}};
  REQUIRE(write_result_file(path, outcome));
  CHECK(read_result_file(path).value() == outcome);
  REQUIRE(write_result_file(path, Returned{{"\"x.whl\""}}));
  CHECK(read_result_file(path).value() == Outcome(Returned{{"\"x.whl\""}}));
}

TEST_CASE("I2 A result file may have a name that is not UTF-8") {
  const auto dir = make_dir();
  const auto path = dir.path() / "caf\xe9.json";
  REQUIRE(write_result_file(path, Returned{}));
  CHECK(read_result_file(path).value() == Outcome(Returned{{"null"}}));
}

TEST_CASE("A result file that is missing or half is told apart") {
  const auto dir = make_dir();
  CHECK(read_result_file(dir.path() / "none").error().code == errc::io_error);
  REQUIRE(write_file_atomically(dir.path() / "half", R"({"return": )"));
  CHECK(read_result_file(dir.path() / "half").error().code == errc::protocol_error);
}

TEST_CASE("A8 An outcome that is too long for a result file is told as a failure") {
  const auto dir = make_dir();
  const auto path = dir.path() / "result.json";
  const std::string overhead = R"({"return": ""})";
  const std::string longest(longest_result - overhead.size(), 'x');
  CHECK(encode(Returned{{'"' + longest + '"'}}).size() == longest_result);
  // One more, and one that becomes more when it is escaped.
  for (const auto* end : {"x", "\u00fc\u00fc"}) {
    std::string text = '"' + longest;
    if (end[0] != 'x') text.resize(text.size() - 5);
    REQUIRE(write_result_file(path, Returned{{text + end + '"'}}));
    const auto outcome = read_result_file(path);
    REQUIRE(outcome);
    REQUIRE(std::holds_alternative<HookFailure>(*outcome));
    CHECK(std::get<HookFailure>(*outcome).exc_type == "ResultTooLong");
  }
  const auto failure =
      encode(HookFailure{.exc_type = "E", .exc_msg = std::string(longest_result, 'x')});
  CHECK(failure_of(failure).exc_type == "ResultTooLong");
}

TEST_CASE("The values that hooks return are checked for their type") {
  using Strings = std::vector<std::string>;
  CHECK(as_string({R"("demo.whl")"}).value() == "demo.whl");
  CHECK(as_string({R"("caf\udce9")"}).value() == "caf\xe9");
  CHECK(as_string_list({R"(["a", "b"])"}).value() == Strings{"a", "b"});
  CHECK(as_string_list({"[]"}).value().empty());
  CHECK(as_true_names({R"({"b": true, "c": false, "a": true})"}).value() == Strings{"b", "a"});

  for (const auto* wrong : {"null", "1", "[]", "true", "{}", "nonsense", ""}) {
    CAPTURE(wrong);
    REQUIRE(!as_string({wrong}));
    CHECK(as_string({wrong}).error().code == errc::bad_artifact);
  }
  for (const auto* wrong : {"null", R"("a")", R"(["a", 1])", "{}", "nonsense"}) {
    CAPTURE(wrong);
    REQUIRE(!as_string_list({wrong}));
    CHECK(as_string_list({wrong}).error().code == errc::bad_artifact);
  }
  for (const auto* wrong : {"null", "[]", R"({"a": 1})", R"(["a"])", "nonsense"}) {
    CAPTURE(wrong);
    REQUIRE(!as_true_names({wrong}));
    CHECK(as_true_names({wrong}).error().code == errc::bad_artifact);
  }
  const auto message = as_string({R"({"a": "\u00fc"})"}).error().message;
  CHECK(message.find(R"({"a": "\u00fc"})") != message.npos);
  CHECK(as_string({"[" + std::string(5000, ' ') + "]"}).error().message.size() < 200);
  CHECK(as_string_list({json_string(std::string(5000, 'x'))}).error().message.size() < 200);
}

TEST_SUITE_END();
