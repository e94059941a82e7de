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

TEST_SUITE_END();
