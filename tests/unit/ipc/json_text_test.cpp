#include "ipc/json_text.hpp"

#include "ipc/outcome.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using namespace axle::ipc;
using axle::errc;
using namespace std::string_literals;

TEST_SUITE_BEGIN("ipc::JsonText");

namespace {

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

}  // namespace

TEST_CASE("json_string writes what Python's json.dumps writes") {
  CHECK(json_string("").text == R"("")");
  CHECK(json_string("a/b\"c\\").text == R"("a/b\"c\\")");
  CHECK(json_string("\n\r\t\f\b\x01\x7f\0"s).text == "\"\\n\\r\\t\\f\\b\\u0001\x7f\\u0000\"");
  CHECK(json_string("na\u00efve \U0001f40d").text == R"("na\u00efve \ud83d\udc0d")");
  CHECK(json_string("\u0080\u07ff\u0800\uffff\U00010000\U0010ffff").text ==
        R"("\u0080\u07ff\u0800\uffff\ud800\udc00\udbff\udfff")");
}

TEST_CASE("I2 json_string writes bytes that are not UTF-8 as surrogateescape does") {
  CHECK(json_string("caf\xe9").text == R"("caf\udce9")");
  CHECK(json_string("\xc0\xaf").text == R"("\udcc0\udcaf")");                      // overlong
  CHECK(json_string("\xed\xb2\x80").text == R"("\udced\udcb2\udc80")");            // a surrogate
  CHECK(json_string("\xf4\x90\x80\x80").text == R"("\udcf4\udc90\udc80\udc80")");  // too large
  CHECK(json_string("\xe2\x82").text == R"("\udce2\udc82")");                      // cut off
  CHECK(json_string("\xe2\x82z").text == R"("\udce2\udc82z")");
}

TEST_CASE("I2 Every byte and every mixture of bytes survives a round trip") {
  for (int byte = 0; byte < 256; ++byte) {
    CAPTURE(byte);
    const std::string bytes(1, static_cast<char>(byte));
    CHECK(as_string(json_string(bytes)).value() == bytes);
  }
  // NULs beside escaped bytes, and text that looks like an escape.
  for (const auto& bytes : {"\0\xe9\0\0\xe9"s,
                            "\0\u00e9\xe9"s,
                            "\\udce9\xe9"s,
                            "\\\xe9\\"s,
                            "\U0001f40d\xe9\U0001f40d"s,
                            "\xe9\xc3\xa9"s}) {
    CHECK(as_string(json_string(bytes)).value() == bytes);
  }
  std::mt19937 random(4711);
  for (int round = 0; round < 500; ++round) {
    std::string bytes(random() % 40, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random() % 4 == 0 ? 0 : random() & 0xff);
    CAPTURE(json_string(bytes).text);
    REQUIRE(as_string(json_string(bytes)).value() == bytes);
  }
}

TEST_CASE("Lists and objects keep the order in which they were made") {
  JsonObject object;
  object.add("z", json_integer(-1)).add("a", json_bool(true)).add("\xff", json_bool(false));
  object.add("m", json_strings(std::vector<std::string>{"x", "\u00fc"}));
  object.add("l", json_list(std::vector<JsonText>{{"null"}, json_unsigned(~0ULL), {"\"\u00fc\""}}));
  CHECK(object.text().text == R"({"z": -1, "a": true, "\udcff": false, "m": ["x", "\u00fc"], )"
                              R"("l": [null, 18446744073709551615, "\u00fc"]})");
  CHECK(JsonObject().text().text == "{}");
  CHECK(json_list({}).text == "[]");
  CHECK(json_strings({}).text == "[]");
  CHECK(json_string_map({{"b", "\xff"}, {"a", ""}}).text == R"({"a": "", "b": "\udcff"})");
  CHECK(json_string_map({}).text == "{}");
}

TEST_CASE("parse_json_text makes one line of ASCII and changes no value") {
  const auto text = parse_json_text(
      "\n{\"z\": [1.0,-0.0, 1e2, 0.1,\r\n123456789012345678901234567890, -5], "
      "\"a\":\t{\"\u00fc\": null,\"\\u00fc!\":true} }\n");
  REQUIRE(text);
  CHECK(text->text == R"({"z": [1.0, -0.0, 1e2, 0.1, 123456789012345678901234567890, -5], )"
                      R"("a": {"\u00fc": null, "\u00fc!": true}})");
  CHECK(parse_json_text(text->text).value() == *text);
}

TEST_CASE("H7 parse_json_text is strict") {
  for (const auto& text : {""s,
                           " "s,
                           "nul"s,
                           "NaN"s,
                           "-Infinity"s,
                           "1e999"s,
                           "01"s,
                           "+1"s,
                           ".5"s,
                           "'a'"s,
                           "\"a"s,
                           "[1,]"s,
                           "{\"a\":1,}"s,
                           "{\"a\":1,\"a\":1}"s,
                           "[[{\"b\":{\"a\":1,\"c\":2,\"a\":1}}]]"s,
                           "\xef\xbb\xbf{}"s,
                           "{}\0"s,
                           "{}\0{}"s,
                           "[] []"s,
                           "\"\xff\""s,
                           "\"\xed\xb2\x80\""s,
                           "\"\n\""s,
                           "\"\\ud800\""s,
                           "\"\\ud800\\u0041\""s,
                           "\"\\udc7f\""s,
                           "\"\\udd00\""s,
                           "\"\\ud83d\\ud83d\""s,
                           "\"\\udc8\""s,
                           "\"\\"s,
                           "// x\n1"s,
                           "{\"a\" 1}"s,
                           "{1: 2}"s}) {
    CAPTURE(text);
    const auto result = parse_json_text(text);
    REQUIRE(!result);
    CHECK(result.error().code == errc::protocol_error);
  }
}

TEST_CASE("A value may be as deep as the limit says and no deeper") {
  CHECK(parse_json_text(nested(deepest_value)));
  CHECK(!parse_json_text(nested(deepest_value + 1)));
  CHECK(!parse_json_text(std::string(10'000'000, '[')));
}

TEST_CASE("A value may hold a hundred thousand values and no more") {
  const auto list = [](std::size_t length) {
    std::string text = "[0";
    for (std::size_t i = 1; i < length; ++i) text += ",0";
    return text + "]";
  };
  CHECK(parse_json_text(list(99'999)));
  CHECK(!parse_json_text(list(100'000)));
}

TEST_SUITE_END();
