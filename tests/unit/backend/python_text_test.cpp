#include "backend/python_text.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace axle::backend;
using axle::ipc::HookFailure;
using axle::ipc::Outcome;
using axle::ipc::Returned;

TEST_SUITE_BEGIN("backend::python_text");

TEST_CASE("python_bytearray quotes as Python does") {
  CHECK(python_bytearray("{{") == "bytearray(b'{{')");
  CHECK(python_bytearray("a'b") == "bytearray(b\"a'b\")");
  CHECK(python_bytearray("a'\"\\\n\x01\xff") == R"(bytearray(b'a\'"\\\n\x01\xff'))");
}

TEST_CASE("python_dict shows a request as Python prints it") {
  CHECK(python_dict({R"({"wheel_directory":"/out","config_settings":null,"n":[1,true,{}]})"}) ==
        "{'wheel_directory': '/out', 'config_settings': None, 'n': [1, True, {}]}");
}

TEST_CASE("W15 python_dict hides the values of config_settings") {
  const auto shown = python_dict({R"({"config_settings":{"token":"hunter2","list":["hunter2"]}})"});
  CHECK(shown == "{'config_settings': {'token': '***', 'list': '***'}}");
}

TEST_CASE("W15 python_dict cuts what is long") {
  const auto shown = python_dict({"{\"a\":\"" + std::string(1 << 20, 'x') + "\"}"});
  CHECK(shown.size() < 3000);
  CHECK(shown.ends_with("..."));
}

TEST_CASE("python_dict shows an outcome by its three keys") {
  CHECK(python_dict(Outcome(Returned{{"0"}})) == "{'return': 0}");
  CHECK(python_dict(Outcome(Returned{{R"(["a"])"}})) == "{'return': ['a']}");
  HookFailure failure;
  failure.exc_type = "SystemExit";
  failure.exc_msg = "2";
  failure.code = 2;
  CHECK(python_dict(Outcome(failure)) == "{'code': 2, 'exc_type': 'SystemExit', 'exc_msg': '2'}");
}

TEST_CASE("W15 python_dict shows the beginning of a large answer") {
  for (const std::string unit : {"x", "\\n", "\\u0001", "\\\\", "\xc3\xa4", "\\ud83d\\ude00"}) {
    for (const std::string lead : {"", "a", "ab", "abc", "abcd"}) {
      std::string value = "\"" + lead;
      while (value.size() < 200'000) value += unit;
      const auto shown = python_dict(Outcome(Returned{{value + "\""}}));
      CHECK(shown.starts_with("{'return': '" + lead));
      CHECK(shown.size() > 1990);
      CHECK(shown.ends_with("..."));
    }
  }
  const std::string list = "[" + std::string(200'000, ' ') + "1]";
  CHECK(python_dict(Outcome(Returned{{list}})) == "{'return': '...'}");
}

TEST_CASE("python_plain keeps a text on its line") {
  CHECK(python_plain("a\nBackend: Wrote\x1b[1m") == "a\\x0aBackend: Wrote\\x1b[1m");
}

TEST_SUITE_END();
