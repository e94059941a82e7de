#include "frontend/core_metadata.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace axle::frontend;
using nlohmann::json;

TEST_SUITE_BEGIN("frontend::CoreMetadata");

TEST_CASE("CoreMetadata reads fields in any case and keeps repetitions in order") {
  const auto metadata = CoreMetadata::parse(
      "Metadata-Version: 2.4\r\nNAME:  Foo.Bar \nversion: 1.0\nClassifier: B\nClassifier: A\n"
      "Home-page: https://example.org/?a:b\nLicense:\n");
  CHECK(metadata.value("Name") == "Foo.Bar");
  CHECK(metadata.value("Version") == "1.0");
  CHECK(metadata.value("Metadata-Version") == "2.4");
  CHECK(metadata.value("Home-Page") == "https://example.org/?a:b");
  CHECK(metadata.value("License") == "");
  CHECK(!metadata.value("Author"));
  CHECK(metadata.values("classifier") == std::vector<std::string>{"B", "A"});
  CHECK(metadata.values("Author").empty());
  CHECK(metadata.body().empty());
}

TEST_CASE("CoreMetadata takes what follows the first empty line for the description") {
  const auto metadata = CoreMetadata::parse("Name: foo\n\nFirst: no field\n\n  indented\nlast");
  CHECK(metadata.body() == "First: no field\n\n  indented\nlast");
  CHECK(metadata.fields().size() == 1);
}

TEST_CASE("CoreMetadata unfolds continued lines and drops their margin") {
  const auto metadata = CoreMetadata::parse(
      "Name: foo\n"
      "License: MIT\n        \n          deeper\n\tand more\n"
      "Description: one\n       |two\n       |\n       |  three\n"
      "Version: 1\n");
  CHECK(metadata.value("License") == "MIT\n\n  deeper\nand more");
  CHECK(metadata.value("Description") == "one\ntwo\n\n  three");
  CHECK(metadata.value("Version") == "1");
}

TEST_CASE("CoreMetadata lets a line that is no field begin the body") {
  const auto metadata = CoreMetadata::parse("Name: foo\nno field here\nVersion: 1\n");
  CHECK(metadata.fields().size() == 1);
  CHECK(metadata.body() == "no field here\nVersion: 1\n");
  CHECK(CoreMetadata::parse("").fields().empty());
  CHECK(CoreMetadata::parse("  starts folded\n").fields().empty());
  CHECK(CoreMetadata::parse(": empty name\n").fields().empty());
}

TEST_CASE("CoreMetadata becomes the JSON of PEP 566") {
  const auto metadata = CoreMetadata::parse(
      "Metadata-Version: 2.1\nName: foo\nVersion: 1.0\nKeywords: build, wheel,,pep 517 \n"
      "Classifier: A\nRequires-Dist: x>1\nRequires-Dist: y\nProject-URL: Home, https://h\n"
      "Description-Content-Type: text/markdown\nVersion: 2.0\n\nH\xc3\xa4 \"quoted\"\n");
  const json value = json::parse(metadata.to_json().text);
  const json expected = {{"metadata_version", "2.1"},
                         {"name", "foo"},
                         {"version", "1.0"},
                         {"keywords", {"build", "wheel", "pep 517"}},
                         {"classifier", {"A"}},
                         {"requires_dist", {"x>1", "y"}},
                         {"project_url", json::array({"Home, https://h"})},
                         {"description_content_type", "text/markdown"},
                         {"description", "H\u00e4 \"quoted\"\n"}};
  CHECK(value == expected);
}

TEST_CASE("CoreMetadata makes valid JSON of bytes that are not UTF-8") {
  const auto metadata = CoreMetadata::parse("Name: foo\nAuthor: M\xfcller\n\n\xff\n");
  const json value = json::parse(metadata.to_json().text);
  CHECK(value.at("author") == "M\ufffdller");
  CHECK(value.at("description") == "\ufffd\n");
  CHECK(metadata.to_json().text.find('\n') == std::string::npos);
}

TEST_CASE("normalized_name is that of PEP 503") {
  CHECK(normalized_name("Foo") == "foo");
  CHECK(normalized_name("foo-_.bar") == "foo-bar");
  CHECK(normalized_name("Zope.Interface_X") == "zope-interface-x");
  CHECK(normalized_name("a1") == "a1");
  CHECK(normalized_name("").empty());
}

TEST_SUITE_END();
