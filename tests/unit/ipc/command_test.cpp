#include "ipc/command.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace axle::ipc;
using namespace std::chrono_literals;
using namespace std::string_literals;

TEST_SUITE_BEGIN("ipc::Command");

namespace {

std::string line_with(const std::string& more) {
  return R"({"cmd": "build_wheel", "kwargs": {}, "result": "/tmp/r.json")" + more + "}";
}

}  // namespace

TEST_CASE("Command of pyproject_api is read as it is") {
  // json.dumps of the object that pyproject_api's Frontend._send makes.
  const auto command = decode_command(
      R"({"cmd": "build_sdist", "kwargs": {"sdist_directory": "/tmp/\u00fc", )"
      R"("config_settings": {"b": ["1", "2"], "a": ""}}, "result": "/tmp/pep517_x.json"})");
  REQUIRE(command);
  CHECK(command->cmd == "build_sdist");
  CHECK(command->result == "/tmp/pep517_x.json");
  CHECK(command->kwargs.text ==
        R"({"sdist_directory": "/tmp/\u00fc", "config_settings": {"b": ["1", "2"], "a": ""}})");
  CHECK(command->id == 0);
  CHECK(!command->cwd);
  CHECK(!command->env);
  CHECK(!command->umask);
  CHECK(!command->timeout);
}

TEST_CASE("Command leaves out of its line what was not chosen") {
  CHECK(encode(Command{.cmd = "_exit", .result = "/r"}) ==
        R"({"cmd": "_exit", "kwargs": {}, "result": "/r"})");
  CHECK(encode(Command{.cmd = "_exit",
                       .result = "/r",
                       .id = 1,
                       .cwd = "/p",
                       .env = {{{"B", "2"}, {"A", "1"}}},
                       .umask = 022,
                       .timeout = 1500ms}) ==
        R"({"cmd": "_exit", "kwargs": {}, "result": "/r", "x_id": 1, "x_cwd": "/p", )"
        R"("x_env": {"A": "1", "B": "2"}, "x_umask": 18, "x_timeout_s": 1.5})");
}

TEST_CASE("I2 Command carries paths and variables that are not UTF-8") {
  const Command command = {
      .cmd = "build_wheel",
      .kwargs = JsonObject().add("wheel_directory", json_string("/\xff")).text(),
      .result = "/srv/caf\xe9/new\nline.json",
      .cwd = "/srv/caf\xe9",
      .env = {{{"NAME\xfe", "caf\xe9 \u00fc"}, {"EMPTY", ""}}}};
  const auto line = encode(command);
  CHECK(line.find('\n') == line.npos);
  CHECK(line.find(R"("x_cwd": "/srv/caf\udce9")") != line.npos);
  CHECK(line.find(R"("wheel_directory": "/\udcff")") != line.npos);
  const auto back = decode_command(line);
  REQUIRE(back);
  CHECK(*back == command);
}

TEST_CASE("W12 A bad command tells where its sender waits") {
  const auto bad = decode_command(R"({"cmd": 1, "kwargs": {}, "result": "/r.json", "x_id": 7})");
  REQUIRE(!bad);
  CHECK(bad.error().id == 7);
  CHECK(bad.error().result == "/r.json");
  CHECK(!bad.error().reason.empty());

  const auto worse = decode_command(R"({"cmd": "x", "kwargs": {}, "result": 1, "x_id": -7})");
  REQUIRE(!worse);
  CHECK(worse.error().id == 0);
  CHECK(!worse.error().result);
}

TEST_CASE("H5 Command refuses a result that is not the path of a file") {
  for (const auto* result :
       {"1", "null", "[]", R"("")", R"("r.json")", R"("../r")", R"("/a\u0000b")"}) {
    CAPTURE(result);
    const auto bad = decode_command(R"({"cmd": "x", "kwargs": {}, "result": )"s + result + "}");
    REQUIRE(!bad);
    CHECK(!bad.error().result);
  }
  const auto with_length = [](std::size_t length) {
    return R"({"cmd": "x", "kwargs": {}, "result": "/)" + std::string(length - 1, 'r') + "\"}";
  };
  CHECK(decode_command(with_length(4095)));
  CHECK(!decode_command(with_length(4096)));
}

TEST_CASE("Command refuses optional keys that mean nothing") {
  for (const auto* more : {R"("x_id": -1)",
                           R"("x_id": "1")",
                           R"("x_id": 18446744073709551616)",
                           R"("x_id": null)",
                           R"("x_cwd": "p")",
                           R"("x_cwd": null)",
                           R"("x_env": [])",
                           R"("x_env": {"A": 1})",
                           R"("x_env": {"": ""})",
                           R"("x_env": {"A=B": ""})",
                           R"("x_env": {"A": "\u0000"})",
                           R"("x_env": {"A\u0000": ""})",
                           R"("x_umask": 512)",
                           R"("x_umask": "022")",
                           R"("x_timeout_s": -1)",
                           R"("x_timeout_s": "1")",
                           R"("x_timeout_s": 1e11)"}) {
    CAPTURE(more);
    const auto bad = decode_command(line_with(", "s + more));
    REQUIRE(!bad);
    CHECK(bad.error().result == "/tmp/r.json");
  }
  CHECK(decode_command(line_with(R"(, "x_later": [1], "deadline": null)")));
}

TEST_CASE("Command reads seconds to the millisecond and never as none") {
  const auto timeout = [](const std::string& seconds) {
    return decode_command(line_with(R"(, "x_timeout_s": )" + seconds)).value().timeout;
  };
  CHECK(timeout("1") == 1s);
  CHECK(timeout("1.001") == 1001ms);
  CHECK(timeout("2.3e1") == 23s);
  CHECK(timeout("0.0001") == 1ms);
  CHECK(timeout("0") == 0ms);
  for (const auto wanted : {0ms, 1ms, 10ms, 100ms, 1001ms, 59'990ms, 86'400'000ms}) {
    const auto line = encode(Command{.cmd = "x", .result = "/r", .timeout = wanted});
    CHECK(decode_command(line).value().timeout == wanted);
  }
}

TEST_CASE("Command has a longest line and a deepest value") {
  const auto with_depth = [](std::size_t depth) {
    return R"({"cmd": "x", "result": "/r", "kwargs": {"a": )" + std::string(depth, '[') +
           std::string(depth, ']') + "}}";
  };
  CHECK(decode_command(with_depth(deepest_value - 1)));
  CHECK(!decode_command(with_depth(deepest_value)));
  const std::string long_line = line_with(std::string(longest_command, ' '));
  CHECK(!decode_command(long_line));
}

TEST_SUITE_END();
