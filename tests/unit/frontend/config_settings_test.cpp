#include "frontend/config_settings.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using axle::errc;
using axle::frontend::ConfigSettings;

TEST_SUITE_BEGIN("frontend::ConfigSettings");

namespace {

/// The settings, written the way that the cases below write JSON.
std::string json_of(const std::vector<std::string>& arguments) {
  const auto settings = ConfigSettings::from_arguments(arguments);
  REQUIRE(settings);
  return nlohmann::ordered_json::parse(settings->json.text).dump();
}

}  // namespace

TEST_CASE("ConfigSettings without arguments are null") {
  const auto settings = ConfigSettings::from_arguments({});
  REQUIRE(settings);
  CHECK(settings->empty());
  CHECK(settings->json.text == "null");
  CHECK(settings->for_hook("build_wheel").text == "{}");
  CHECK(ConfigSettings{}.empty());
}

TEST_CASE("ConfigSettings are cut at the first equals sign and keep their order and blanks") {
  CHECK(json_of({"b=1", "a=x=y", "c= two "}) == R"({"b":"1","a":"x=y","c":" two "})");
}

TEST_CASE("ConfigSettings give a bare key the empty string") {
  CHECK(json_of({"quiet", "empty="}) == R"({"quiet":"","empty":""})");
}

TEST_CASE("ConfigSettings combine a repeated key into a list, in order") {
  CHECK(json_of({"k=1", "x=a", "k=", "k=3"}) == R"({"k":["1","","3"],"x":"a"})");
}

TEST_CASE("ConfigSettings are not empty when there is one") {
  const std::vector<std::string> one = {"k"};
  CHECK(!ConfigSettings::from_arguments(one)->empty());
}

TEST_CASE("ConfigSettings take UTF-8 and refuse other bytes and empty keys") {
  CHECK(json_of({"\u00e4=\u00f6\"\n"}) == "{\"\u00e4\":\"\u00f6\\\"\\n\"}");
  for (const std::string wrong : {"=value", "", "k=\xff", "\xc3=v"}) {
    CAPTURE(wrong.size());
    const std::vector<std::string> arguments = {"good=1", wrong};
    const auto settings = ConfigSettings::from_arguments(arguments);
    REQUIRE(!settings);
    CHECK(settings.error().code == errc::usage);
  }
}

TEST_CASE("ConfigSettings from JSON are kept as they are, whatever is in them") {
  const auto settings = ConfigSettings::from_json(R"({"b": [1.50, null], "a": {"c": "d"}})");
  REQUIRE(settings);
  CHECK(nlohmann::ordered_json::parse(settings->json.text).dump() ==
        R"({"b":[1.5,null],"a":{"c":"d"}})");
  for (const char* wrong : {"", "[]", "null", "{", "{\"a\":1,\"a\":2}"}) {
    CAPTURE(wrong);
    REQUIRE(!ConfigSettings::from_json(wrong));
    CHECK(ConfigSettings::from_json(wrong).error().code == errc::usage);
  }
}

TEST_CASE("ConfigSettings of one hook are laid over those of all, key by key") {
  auto settings = *ConfigSettings::from_json(R"({"a": "1", "b": "2"})");
  settings.lay_over_hook("build_wheel", *ConfigSettings::from_json(R"({"b": "3", "c": "4"})"));
  settings.lay_over(*ConfigSettings::from_json(R"({"a": "5"})"));
  CHECK(nlohmann::ordered_json::parse(settings.for_hook("build_wheel").text).dump() ==
        R"({"a":"5","b":"3","c":"4"})");
  CHECK(nlohmann::ordered_json::parse(settings.for_hook("build_sdist").text).dump() ==
        R"({"a":"5","b":"2"})");
}

TEST_SUITE_END();
