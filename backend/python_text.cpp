#include "backend/python_text.hpp"

#include "ipc/json.hpp"

#include <fmt/format.h>

#include <utility>

namespace axle::backend {
namespace {

namespace json = ipc::json;

constexpr std::size_t longest = 2000;

void append_quoted(std::string& out, std::string_view text, bool bytes) {
  const char quote =
      text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos ? '"'
                                                                                            : '\'';
  out += quote;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == quote || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (code < 0x20 || code == 0x7f || (bytes && code >= 0x80)) {
      out += fmt::format("\\x{:02x}", code);
    } else {
      out += c;
    }
  }
  out += quote;
}

void append_value(std::string& out, const json::Value& value, bool secret);

void append_object(std::string& out, const json::Object& object, bool secret) {
  out += '{';
  for (bool first = true; const auto& [key, value] : object) {
    if (!std::exchange(first, false)) out += ", ";
    append_quoted(out, key, false);
    out += ": ";
    append_value(out, value, secret || key == "config_settings");
  }
  out += '}';
}

void append_list(std::string& out, const json::Array& list, bool secret) {
  out += '[';
  for (bool first = true; const auto& value : list) {
    if (!std::exchange(first, false)) out += ", ";
    append_value(out, value, secret);
  }
  out += ']';
}

void append_value(std::string& out, const json::Value& value, bool secret) {
  if (out.size() > 2 * longest) return;  // it will be cut anyway
  if (const auto* object = std::get_if<json::Object>(&value.data)) {
    append_object(out, *object, secret);
  } else if (std::holds_alternative<std::monostate>(value.data)) {
    out += "None";
  } else if (secret) {
    out += "'***'";
  } else if (const auto* text = std::get_if<std::string>(&value.data)) {
    append_quoted(out, std::string_view(*text).substr(0, 2 * longest), false);
  } else if (const auto* truth = std::get_if<bool>(&value.data)) {
    out += *truth ? "True" : "False";
  } else if (const auto* list = std::get_if<json::Array>(&value.data)) {
    append_list(out, *list, secret);
  } else {
    out += std::get<json::Number>(value.data).token;
  }
}

/// JSON that shows as much of `value` as is ever shown, and takes no longer for a large one.
ipc::JsonText beginning_of(const ipc::JsonText& value) {
  constexpr std::size_t most = 8 * longest;  // one character can be six: \u0041
  const std::string& text = value.text;
  if (text.size() <= 8 * most) return value;
  if (text.front() != '"') return ipc::json_string("...");
  std::size_t end = 1;
  // Past a whole character, however it is written: the second half of a pair goes with the first.
  const auto is_second_half = [&] {
    return text.compare(end, 2, "\\u") == 0 && (text[end + 2] | 0x20) == 'd' && text[end + 3] > 'B';
  };
  while (end < most || is_second_half()) {
    if (text[end] == '\\') end += text[end + 1] == 'u' ? 5 : 1;
    ++end;
  }
  while ((static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
  return {text.substr(0, end) + '"'};
}

std::string cut(std::string text) {
  if (text.size() <= longest) return text;
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // UTF-8
  text.resize(end);
  return text + "...";
}

}  // namespace

std::string python_bytearray(std::string_view bytes) {
  std::string out = "bytearray(b";
  append_quoted(out, bytes.substr(0, longest), true);
  if (bytes.size() > longest) out += "...";
  return out + ")";
}

std::string python_dict(const ipc::JsonText& object) {
  std::string out;
  if (const auto value = json::parse(object.text, ipc::deepest_value)) {
    append_value(out, *value, false);
  }
  return cut(std::move(out));
}

std::string python_dict(const ipc::Outcome& outcome) {
  ipc::JsonObject object;
  if (const auto* failure = std::get_if<ipc::HookFailure>(&outcome)) {
    object.add("code", ipc::json_integer(failure->code))
        .add("exc_type", ipc::json_string(failure->exc_type))
        .add("exc_msg", ipc::json_string(failure->exc_msg));
  } else {
    object.add("return", beginning_of(std::get<ipc::Returned>(outcome).value));
  }
  return python_dict(object.text());
}

std::string python_plain(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 4 * longest)) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || code == 0x7f) {
      out += fmt::format("\\x{:02x}", code);
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace axle::backend
