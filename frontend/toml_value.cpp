#include "frontend/toml_value.hpp"

#include "frontend/utf8.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <tuple>
#include <utility>

namespace axle::frontend {
namespace {

TomlPlace place_of(const toml::source_region& region) {
  return {region.begin.line, region.begin.column};
}

TomlValue value_of(const toml::node& node);

TomlTable table_of(const toml::table& table) {
  TomlTable own;
  for (const auto& [key, value] : table) {
    own.entries.push_back({std::string(key.str()), place_of(key.source()), value_of(value)});
  }
  std::ranges::stable_sort(own.entries, {}, [](const TomlEntry& entry) {
    return std::tuple(entry.place.line, entry.place.column);
  });
  return own;
}

ipc::JsonText json_of_float(double number) {
  if (!std::isfinite(number)) return ipc::json_string(fmt::format("{}", number));
  return {fmt::format("{:#}", number)};
}

/// Dates and times as TOML writes them.
template <class Time>
ipc::JsonText json_of_time(const Time& time) {
  std::ostringstream text;
  text << time;
  return ipc::json_string(text.str());
}

TomlValue value_of(const toml::node& node) {
  const TomlPlace place = place_of(node.source());
  if (const auto* table = node.as_table()) return {table_of(*table), place};
  if (const auto* array = node.as_array()) {
    TomlArray elements;
    for (const toml::node& element : *array) elements.push_back(value_of(element));
    return {std::move(elements), place};
  }
  if (const auto* text = node.as_string()) return {text->get(), place};
  if (const auto* truth = node.as_boolean()) return {truth->get(), place};
  if (const auto* number = node.as_integer()) {
    return {TomlScalar{ipc::json_integer(number->get())}, place};
  }
  if (const auto* number = node.as_floating_point()) {
    return {TomlScalar{json_of_float(number->get())}, place};
  }
  if (const auto* date = node.as_date()) return {TomlScalar{json_of_time(date->get())}, place};
  if (const auto* time = node.as_time()) return {TomlScalar{json_of_time(time->get())}, place};
  const auto* moment = node.as_date_time();
  return {TomlScalar{moment == nullptr ? ipc::JsonText{} : json_of_time(moment->get())}, place};
}

}  // namespace

const TomlEntry* TomlTable::find(std::string_view key) const {
  const auto found = std::ranges::find(entries, key, &TomlEntry::key);
  return found == entries.end() ? nullptr : &*found;
}

Result<TomlTable> parse_toml(std::string_view text, std::string_view file) {
  try {
    return table_of(toml::parse(text));
  } catch (const toml::parse_error& error) {
    const TomlPlace place = place_of(error.source());
    return fail(errc::usage,
                fmt::format("{}:{}:{}: {}", file, place.line, place.column, error.description()),
                "the file has to be valid TOML, see https://toml.io");
  }
}

ipc::JsonText json_of(const TomlValue& value) {
  if (const auto* truth = std::get_if<bool>(&value.data)) return ipc::json_bool(*truth);
  if (const auto* text = std::get_if<std::string>(&value.data)) return ipc::json_string(*text);
  if (const auto* scalar = std::get_if<TomlScalar>(&value.data)) return scalar->json;
  if (const auto* array = std::get_if<TomlArray>(&value.data)) {
    std::vector<ipc::JsonText> elements;
    for (const TomlValue& element : *array) elements.push_back(json_of(element));
    return ipc::json_list(elements);
  }
  ipc::JsonObject object;
  for (const TomlEntry& entry : std::get<TomlTable>(value.data).entries) {
    object.add(entry.key, json_of(entry.value));
  }
  return object.text();
}

std::string_view kind_of(const TomlValue& value) {
  switch (value.data.index()) {
    case 0: return "a boolean";
    case 1: return "a number or a date";
    case 2: return "a string";
    case 3: return "a list";
    default: return "a table";
  }
}

}  // namespace axle::frontend
