// Reading JSON, strictly: what is decoded from the wire and from disk. The JSON library stays in
// json.cpp. JSON text is made by ipc/json_text.hpp.
#pragma once

#include "ipc/error.hpp"
#include "ipc/json_text.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace axle::ipc::json {

struct Value;
struct Member;

/// A number as it was written, so that none is changed by passing through.
struct Number {
  std::string token;
};
using Array = std::vector<Value>;
using Object = std::vector<Member>;  // in the order of the text; no key twice

/// A value that was read. Strings are bytes: UTF-8, except where the sender wrote other bytes.
struct Value {
  std::variant<std::monostate, bool, Number, std::string, Array, Object> data;
};
struct Member {
  std::string key;
  Value value;
};

/// Reads one value, and nothing beside it but white space. Fails as `parse_json_text` does, with
/// `deepest` for the depth.
Result<Value> parse(std::string_view text, std::size_t deepest);

JsonText to_text(const Value& value);

/// Appends the JSON string of `bytes`, in ASCII.
void append_string(std::string& out, std::string_view bytes);

/// "null", "true", "a number", "a string", "a list", "an object".
std::string_view kind_of(const Value& value);

/// The member called `key`, or nullptr.
const Value* find(const Object& object, std::string_view key);

/// What a value is as a T, or nothing if it is something else.
template <class T>
std::optional<T> as(const Value& value);
template <>
std::optional<bool> as(const Value& value);
template <>
std::optional<std::string> as(const Value& value);
template <>
std::optional<std::vector<std::string>> as(const Value& value);
template <>
std::optional<std::int64_t> as(const Value& value);
template <>
std::optional<std::uint64_t> as(const Value& value);
template <>
std::optional<int> as(const Value& value);
/// From a number of seconds between 0 and a thousand years; what is more than 0 is at least 1 ms.
template <>
std::optional<std::chrono::milliseconds> as(const Value& value);

/// The member `key` as a T; nothing if it is not there or something else.
template <class T>
std::optional<T> get(const Object& object, std::string_view key) {
  const Value* value = find(object, key);
  return value != nullptr ? as<T>(*value) : std::nullopt;
}

/// The member `key` as a T; `errc::protocol_error` if it is not there or something else.
template <class T>
Result<T> require(const Object& object, std::string_view key) {
  if (auto value = get<T>(object, key)) return *std::move(value);
  return fail(errc::protocol_error,
              "\"" + std::string(key) +
                  (find(object, key) == nullptr ? "\" is missing" : "\" has the wrong type"));
}

/// A time span as a number of seconds.
JsonText seconds(std::chrono::milliseconds span);

}  // namespace axle::ipc::json
