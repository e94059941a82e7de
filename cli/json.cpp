#include "cli/json.hpp"

#include <fmt/format.h>

#include <cstddef>

namespace axle::cli {

Result<ipc::JsonText> json_object(std::string_view text) {
  auto json = ipc::parse_json_text(text);
  if (!json) return fail(errc::usage, json.error().message);
  if (!json->text.starts_with('{')) {
    return fail(errc::usage, fmt::format("{} is no JSON object", text));
  }
  return json;
}

std::string pretty_json(const ipc::JsonText& json) {
  const std::string_view text = json.text;
  std::string pretty;
  std::size_t level = 0;
  const auto new_line = [&] { pretty.append(1, '\n').append(2 * level, ' '); };
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      pretty += c;
      if (c == '\\' && i + 1 < text.size()) pretty += text[++i];
      in_string = c != '"';
      continue;
    }
    switch (c) {
      case ' ': break;
      case '{':
      case '[': {
        pretty += c;
        const std::size_t next = text.find_first_not_of(' ', i + 1);
        const bool is_empty = next != std::string_view::npos && text[next] == c + 2;
        if (is_empty) {
          pretty += text[next];
          i = next;
        } else {
          ++level;
          new_line();
        }
        break;
      }
      case '}':
      case ']':
        --level;
        new_line();
        pretty += c;
        break;
      case ',':
        pretty += c;
        new_line();
        break;
      case ':': pretty += ": "; break;
      default: in_string = c == '"'; pretty += c;
    }
  }
  return pretty;
}

}  // namespace axle::cli
