#include "cli/json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace axle::cli {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

Result<ipc::JsonText> json_object(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    if (json.is_object()) return ipc::JsonText{json.dump()};
    return fail(errc::usage, fmt::format("{} is no JSON object but {}", text, json.type_name()));
  } catch (const Json::parse_error& error) {
    return fail(errc::usage,
                fmt::format("{} is not JSON: there is an error at character {}", text, error.byte));
  } catch (const Json::exception&) {
    return fail(errc::usage, fmt::format("{} is not JSON in UTF-8", text));
  }
}

Result<std::string> pretty_json(const ipc::JsonText& json) {
  try {
    return Json::parse(json.text).dump(2);
  } catch (const Json::exception& error) {
    return fail(errc::internal, fmt::format("the metadata is not JSON: {}", error.what()));
  }
}

}  // namespace axle::cli
