#include "ipc/json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace axle::ipc::json {
namespace {

template <class T>
std::optional<T> integer(const Value& value) {
  const auto* number = std::get_if<Number>(&value.data);
  if (number == nullptr) return std::nullopt;
  T result{};
  const char* end = number->token.data() + number->token.size();
  const auto [stop, problem] = std::from_chars(number->token.data(), end, result);
  if (problem != std::errc() || stop != end) return std::nullopt;
  return result;
}

/// Recursive: a value is as deep as `parse` allows, at most.
struct Writer {
  std::string& out;

  void operator()(std::monostate /*null*/) const { out += "null"; }
  void operator()(bool truth) const { out += truth ? "true" : "false"; }
  void operator()(const Number& number) const { out += number.token; }
  void operator()(const std::string& bytes) const { append_string(out, bytes); }
  void operator()(const Array& array) const {
    out += '[';
    for (const auto& element : array) {
      if (&element != &array.front()) out += ", ";
      std::visit(*this, element.data);
    }
    out += ']';
  }
  void operator()(const Object& object) const {
    out += '{';
    for (const auto& member : object) {
      if (&member != &object.front()) out += ", ";
      append_string(out, member.key);
      out += ": ";
      std::visit(*this, member.value.data);
    }
    out += '}';
  }
};

}  // namespace

JsonText to_text(const Value& value) {
  JsonText result = {""};
  std::visit(Writer{result.text}, value.data);
  return result;
}

std::string_view kind_of(const Value& value) {
  constexpr std::string_view kinds[] = {
      "null", "a boolean", "a number", "a string", "a list", "an object"};
  return kinds[value.data.index()];
}

const Value* find(const Object& object, std::string_view key) {
  const auto member = std::ranges::find(object, key, &Member::key);
  return member != object.end() ? &member->value : nullptr;
}

template <>
std::optional<bool> as(const Value& value) {
  const auto* truth = std::get_if<bool>(&value.data);
  return truth != nullptr ? std::optional(*truth) : std::nullopt;
}

template <>
std::optional<std::string> as(const Value& value) {
  const auto* bytes = std::get_if<std::string>(&value.data);
  return bytes != nullptr ? std::optional(*bytes) : std::nullopt;
}

template <>
std::optional<std::vector<std::string>> as(const Value& value) {
  const auto* array = std::get_if<Array>(&value.data);
  if (array == nullptr) return std::nullopt;
  std::vector<std::string> list;
  list.reserve(array->size());
  for (const auto& element : *array) {
    auto bytes = as<std::string>(element);
    if (!bytes) return std::nullopt;
    list.push_back(*std::move(bytes));
  }
  return list;
}

template <>
std::optional<std::int64_t> as(const Value& value) {
  return integer<std::int64_t>(value);
}

template <>
std::optional<std::uint64_t> as(const Value& value) {
  return integer<std::uint64_t>(value);
}

template <>
std::optional<int> as(const Value& value) {
  return integer<int>(value);
}

template <>
std::optional<std::chrono::milliseconds> as(const Value& value) {
  const auto* number = std::get_if<Number>(&value.data);
  if (number == nullptr) return std::nullopt;
  constexpr double longest = 1000.0 * 366 * 24 * 3600;
  double span = 0;
  const char* end = number->token.data() + number->token.size();
  const auto [stop, problem] = std::from_chars(number->token.data(), end, span);
  if (problem != std::errc() || stop != end || !(span >= 0 && span <= longest)) return std::nullopt;
  const auto whole = std::llround(span * 1000);
  return std::chrono::milliseconds(span > 0 ? std::max(whole, 1LL) : 0);
}

JsonText seconds(std::chrono::milliseconds span) {
  std::string text = std::to_string(span.count() / 1000);
  if (const auto rest = span.count() % 1000; rest != 0) {
    std::string fraction = std::to_string(1000 + rest).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    text += '.' + fraction;
  }
  return {text};
}

}  // namespace axle::ipc::json
