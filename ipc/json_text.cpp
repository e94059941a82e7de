#include "ipc/json_text.hpp"

#include "ipc/json.hpp"

#include <array>
#include <cstring>
#include <optional>

namespace axle::ipc {
namespace {

struct CodePoint {
  char32_t value;
  std::size_t length;
};

/// How long the sequence of several bytes is that `lead` begins; 0 if it begins none.
std::size_t sequence_length(unsigned char lead) {
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return 2;
  if (lead < 0xF0) return 3;
  return lead < 0xF5 ? 4 : 0;
}

/// The code point at the start of `bytes`, or nothing if they do not begin with well-formed UTF-8.
std::optional<CodePoint> first_code_point(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned char lead = at(0);
  if (lead < 0x80) return CodePoint{.value = lead, .length = 1};
  const std::size_t length = sequence_length(lead);
  if (length == 0 || bytes.size() < length) return std::nullopt;
  char32_t value = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return std::nullopt;
    value = (value << 6) | (at(i) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < smallest[length] || value > 0x10FFFF || surrogate) return std::nullopt;
  return CodePoint{.value = value, .length = length};
}

void append_unit(std::string& out, char32_t unit) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[(unit >> shift) & 0xF];
}

/// Appends the escapes of the character, or else of the byte, with which `bytes` begins, and
/// returns its length.
std::size_t append_escaped(std::string& out, std::string_view bytes) {
  const auto point = first_code_point(bytes);
  if (!point) {
    append_unit(out, 0xDC00 + static_cast<unsigned char>(bytes[0]));
    return 1;
  }
  if (point->value < 0x10000) {
    append_unit(out, point->value);
  } else {
    append_unit(out, 0xD800 + ((point->value - 0x10000) >> 10));
    append_unit(out, 0xDC00 + ((point->value - 0x10000) & 0x3FF));
  }
  return point->length;
}

bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

/// Stands for itself in a string.
bool is_plain(char c) {
  return is_ascii(c) && c >= ' ' && c != '"' && c != '\\';
}

/// How many bytes of ASCII `text` begins with.
std::size_t ascii_length(std::string_view text) {
  std::size_t length = 0;
  for (std::uint64_t word = 0; text.size() - length >= sizeof word; length += sizeof word) {
    std::memcpy(&word, text.data() + length, sizeof word);
    if ((word & 0x8080808080808080) != 0) break;
  }
  while (length < text.size() && is_ascii(text[length])) ++length;
  return length;
}

/// How many bytes at the start of `text` stand for themselves in a string.
std::size_t plain_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && is_plain(text[length])) ++length;
  return length;
}

/// Takes the first `length` bytes off `text`, as they are.
void move_bytes(std::string& out, std::string_view& text, std::size_t length) {
  out += text.substr(0, length);
  text.remove_prefix(length);
}

/// Characters outside ASCII stand in strings only, so they can be escaped where they are.
void append_in_ascii(std::string& out, std::string_view json) {
  for (;;) {
    move_bytes(out, json, ascii_length(json));
    if (json.empty()) return;
    json.remove_prefix(append_escaped(out, json));
  }
}

}  // namespace

namespace json {

void append_string(std::string& out, std::string_view bytes) {
  constexpr std::string_view characters = "\"\\\n\r\t\f\b";
  constexpr std::string_view letters = "\"\\nrtfb";
  out += '"';
  for (;;) {
    move_bytes(out, bytes, plain_length(bytes));
    if (bytes.empty()) break;
    if (const auto known = characters.find(bytes.front()); known != std::string_view::npos) {
      (out += '\\') += letters[known];
      bytes.remove_prefix(1);
    } else {
      bytes.remove_prefix(append_escaped(out, bytes));
    }
  }
  out += '"';
}

}  // namespace json

Result<JsonText> parse_json_text(std::string_view text) {
  TRY(const auto value, json::parse(text, deepest_value));
  return json::to_text(value);
}

JsonText json_string(std::string_view bytes) {
  JsonText result = {""};
  json::append_string(result.text, bytes);
  return result;
}

JsonText json_strings(std::span<const std::string> list) {
  JsonText result = {"["};
  for (const auto& element : list) {
    if (result.text.size() > 1) result.text += ", ";
    json::append_string(result.text, element);
  }
  result.text += ']';
  return result;
}

JsonText json_string_map(const std::map<std::string, std::string>& members) {
  JsonObject object;
  for (const auto& [name, value] : members) object.add(name, json_string(value));
  return object.text();
}

JsonText json_integer(std::int64_t number) {
  return {std::to_string(number)};
}

JsonText json_unsigned(std::uint64_t number) {
  return {std::to_string(number)};
}

JsonText json_bool(bool truth) {
  return {truth ? "true" : "false"};
}

JsonText json_list(std::span<const JsonText> elements) {
  JsonText result = {"["};
  for (const auto& element : elements) {
    if (result.text.size() > 1) result.text += ", ";
    append_in_ascii(result.text, element.text);
  }
  result.text += ']';
  return result;
}

JsonObject& JsonObject::add(std::string_view key, const JsonText& value) {
  if (body_.size() > 1) body_ += ", ";
  json::append_string(body_, key);
  body_ += ": ";
  append_in_ascii(body_, value.text);
  return *this;
}

}  // namespace axle::ipc
