#include "cli/json.hpp"

#include <doctest/doctest.h>

using namespace axle::cli;
using axle::errc;
using axle::ipc::JsonText;

TEST_SUITE_BEGIN("cli::json");

TEST_CASE("An object on the command line is taken as it is meant") {
  CHECK(json_object(" {\"b\" : [1, null], \"a\": {}} ").value().text.starts_with("{\"b\": [1"));
}

TEST_CASE("What is no JSON object is wrong usage") {
  for (const char* text : {"", "x", "[]", "\"{}\"", "{", "{'a': 1}", "{} {}", "{\"a\": NaN}"}) {
    CAPTURE(text);
    const auto object = json_object(text);
    REQUIRE(!object);
    CHECK(object.error().code == errc::usage);
  }
}

TEST_CASE("Pretty JSON has two spaces a level and its keys in their order") {
  const JsonText json{R"({"name": "a{b}[,]: \"x\\", "list": [1, [], {}, {"k": null}], "e": ""})"};
  CHECK(pretty_json(json) == R"({
  "name": "a{b}[,]: \"x\\",
  "list": [
    1,
    [],
    {},
    {
      "k": null
    }
  ],
  "e": ""
})");
  CHECK(pretty_json({"{}"}) == "{}");
  CHECK(pretty_json({"[ ]"}) == "[]");
  CHECK(pretty_json({"\"\\udce9\""}) == "\"\\udce9\"");
}

TEST_SUITE_END();
