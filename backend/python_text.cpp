#include "backend/python_text.hpp"

#include "ipc/json.hpp"

#include <fmt/format.h>

namespace axle::backend {
namespace {

using ipc::Json;

constexpr std::size_t longest = 2000;

void append_quoted(std::string& out, std::string_view text, bool bytes) {
  const char quote = text.find('\'') != std::string_view::npos &&
                             text.find('"') == std::string_view::npos
                         ? '"'
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

void append_value(std::string& out, const Json& value, bool secret);

void append_object(std::string& out, const Json& object, bool secret) {
  out += '{';
  bool first = true;
  for (const auto& [key, value] : object.items()) {
    if (!first) out += ", ";
    first = false;
    append_quoted(out, key, false);
    out += ": ";
    append_value(out, value, secret || key == "config_settings");
  }
  out += '}';
}

void append_value(std::string& out, const Json& value, bool secret) {
  if (out.size() > 2 * longest) return;  // it will be cut anyway
  if (value.is_object()) {
    append_object(out, value, secret);
  } else if (value.is_null()) {
    out += "None";
  } else if (secret) {
    out += "'***'";
  } else if (value.is_string()) {
    append_quoted(out, value.get_ref<const std::string&>(), false);
  } else if (value.is_boolean()) {
    out += value.get<bool>() ? "True" : "False";
  } else if (value.is_array()) {
    out += '[';
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out += ", ";
      append_value(out, value[i], secret);
    }
    out += ']';
  } else {
    out += ipc::dump(value);
  }
}

std::string cut(std::string text) {
  if (text.size() <= longest) return text;
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // UTF-8
  text.resize(end);
  return text + "...";
}

std::string object_text(const Json& object) {
  std::string out;
  append_object(out, object, false);
  return cut(std::move(out));
}

}  // namespace

std::string python_bytearray(std::string_view bytes) {
  std::string out = "bytearray(b";
  append_quoted(out, bytes.substr(0, longest), true);
  if (bytes.size() > longest) out += "...";
  return out + ")";
}

std::string python_dict(const ipc::JsonText& object) {
  const auto value = ipc::parse(object.text);
  return value && value->is_object() ? object_text(*value) : "{}";
}

std::string python_dict(const ipc::Outcome& outcome) {
  if (const auto* failure = std::get_if<ipc::HookFailure>(&outcome)) {
    return object_text({{"code", failure->code},
                        {"exc_type", failure->exc_type},
                        {"exc_msg", failure->exc_msg}});
  }
  const auto value = ipc::parse(std::get<ipc::Returned>(outcome).value.text);
  std::string out = "{'return': ";
  append_value(out, value ? *value : Json(nullptr), false);
  return cut(out + "}");
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
