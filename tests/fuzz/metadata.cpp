// Core metadata, as it stands in METADATA and PKG-INFO.
#include "frontend/core_metadata.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

namespace axle::fuzz {

void check(std::string_view input) {
  using frontend::CoreMetadata;
  const CoreMetadata metadata = CoreMetadata::parse(input);
  hold(metadata.body().empty() || input.ends_with(metadata.body()), "the body is the end");
  std::string rewritten;
  for (const CoreMetadata::Field& field : metadata.fields()) {
    hold(!field.name.empty() && is_ascii_line(field.name), "the name of a field is ASCII");
    const auto values = metadata.values(field.name);
    hold(std::ranges::find(values, field.value) != values.end(), "a field is found by its name");
    hold(metadata.value(field.name) == values.front(), "the first field of a name is its value");
  }
  const ipc::JsonText json = metadata.to_json();
  hold(is_ascii_line(json.text), "metadata are one line of ASCII as JSON");
  hold(ipc::parse_json_text(json.text) == json, "metadata are strict JSON");
  const std::string name = frontend::normalized_name(input);
  hold(frontend::normalized_name(name) == name, "a normal name stays as it is");
}

}  // namespace axle::fuzz
