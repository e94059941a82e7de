#include "frontend/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace axle::frontend {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";
constexpr std::size_t longest_printable = 200;

unsigned char byte(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

/// How a character begins: its length, and the bounds of its second byte, which leave out overlong
/// forms, surrogates and what is past U+10FFFF (RFC 3629).
struct Lead {
  unsigned char first;
  unsigned char last;
  std::size_t length;
  unsigned char low = 0x80;
  unsigned char high = 0xbf;
};
constexpr std::array<Lead, 8> leads = {{
    {.first = 0xc2, .last = 0xdf, .length = 2},
    {.first = 0xe0, .last = 0xe0, .length = 3, .low = 0xa0},
    {.first = 0xe1, .last = 0xec, .length = 3},
    {.first = 0xed, .last = 0xed, .length = 3, .high = 0x9f},
    {.first = 0xee, .last = 0xef, .length = 3},
    {.first = 0xf0, .last = 0xf0, .length = 4, .low = 0x90},
    {.first = 0xf1, .last = 0xf3, .length = 4},
    {.first = 0xf4, .last = 0xf4, .length = 4, .high = 0x8f},
}};

/// The length of the character at the front of `text`, or 0 if it is not UTF-8.
std::size_t character_length(std::string_view text) {
  const unsigned char first = byte(text, 0);
  if (first < 0x80) return 1;
  const auto* const lead = std::ranges::find_if(
      leads, [&](const Lead& one) { return one.first <= first && first <= one.last; });
  if (lead == leads.end() || text.size() < lead->length) return 0;
  if (byte(text, 1) < lead->low || byte(text, 1) > lead->high) return 0;
  for (std::size_t i = 2; i < lead->length; ++i) {
    if ((byte(text, i) & 0xc0) != 0x80) return 0;
  }
  return lead->length;
}

/// C0, DEL and C1.
bool is_control(std::string_view character) {
  const unsigned char first = byte(character, 0);
  return first < 0x20 || first == 0x7f ||
         (character.size() == 2 && first == 0xc2 && byte(character, 1) < 0xa0);
}

}  // namespace

std::string to_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t length = character_length(bytes);
    text += length > 0 ? bytes.substr(0, length) : replacement;
    bytes.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return text;
}

std::string printable(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    if (text.size() >= longest_printable) return text + "...";
    const std::size_t length = character_length(bytes);
    const std::string_view character = bytes.substr(0, std::max<std::size_t>(length, 1));
    if (length == 0) {
      text += replacement;
    } else {
      text += is_control(character) ? "?" : character;
    }
    bytes.remove_prefix(character.size());
  }
  return text;
}

}  // namespace axle::frontend
