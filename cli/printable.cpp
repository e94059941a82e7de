#include "cli/printable.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <iterator>

namespace axle::cli {
namespace {

constexpr char escape = '\x1b';
// Longer than any sequence that a compiler colours with.
constexpr std::size_t longest_sequence = 64;

void show_byte(unsigned char byte, std::string& shown) {
  fmt::format_to(std::back_inserter(shown), "\\x{:02x}", byte);
}

// How many bytes the character has that `first` begins; 0 if none begins so.
std::size_t character_length(unsigned char first) {
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  if (first >= 0xF0 && first <= 0xF4) return 4;
  return 0;
}

char32_t decode(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  char32_t code_point = first & (0x7Fu >> character.size());
  for (const char byte : character.substr(1)) {
    code_point = code_point << 6 | (static_cast<unsigned char>(byte) & 0x3Fu);
  }
  return code_point;
}

bool is_control(char32_t c) {
  const bool c1 = c >= 0x80 && c <= 0x9F;
  const bool reorders = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
                        c == 0x200E || c == 0x200F || c == 0x061C;
  const bool separates = c == 0x2028 || c == 0x2029;
  return c1 || reorders || separates;
}

}  // namespace

std::string PrintableFilter::feed(std::string_view bytes) {
  std::string shown;
  shown.reserve(bytes.size());
  for (const char byte : bytes) take(byte, shown);
  return shown;
}

std::string PrintableFilter::finish() {
  std::string shown;
  give_up_pending(shown);
  if (carriage_return_) shown += '\n';
  carriage_return_ = false;
  return shown;
}

void PrintableFilter::take(char byte, std::string& shown) {
  const auto code = static_cast<unsigned char>(byte);
  if (carriage_return_) {
    if (byte == '\r') return;
    carriage_return_ = false;
    shown += '\n';
    if (byte == '\n') return;
  }
  if (pending_.empty()) {
    if (byte == '\n' || byte == '\t' || (code >= 0x20 && code < 0x7F)) {
      shown += byte;
    } else if (byte == '\r') {
      carriage_return_ = true;
    } else if (byte == escape || character_length(code) > 0) {
      pending_ = byte;
    } else {
      show_byte(code, shown);
    }
    return;
  }
  if (pending_[0] != escape) {
    if (!continues_character(code)) {
      give_up_pending(shown);
      return take(byte, shown);
    }
    pending_ += byte;
    take_character(shown);
    return;
  }
  const bool parameter = code >= '0' && code <= ';';
  const bool in_sequence = pending_.size() > 1;
  if (in_sequence ? parameter && pending_.size() < longest_sequence : byte == '[') {
    pending_ += byte;
  } else if (in_sequence && (byte == 'm' || byte == 'K')) {
    pending_.clear();
  } else {
    give_up_pending(shown);
    take(byte, shown);
  }
}

// Overlong forms, surrogates and what lies past U+10FFFF are told by the second byte.
bool PrintableFilter::continues_character(unsigned char byte) const {
  unsigned char lowest = 0x80;
  unsigned char highest = 0xBF;
  if (pending_.size() == 1) {
    switch (static_cast<unsigned char>(pending_[0])) {
      case 0xE0: lowest = 0xA0; break;
      case 0xED: highest = 0x9F; break;
      case 0xF0: lowest = 0x90; break;
      case 0xF4: highest = 0x8F; break;
      default: break;
    }
  }
  return byte >= lowest && byte <= highest;
}

void PrintableFilter::take_character(std::string& shown) {
  if (pending_.size() < character_length(static_cast<unsigned char>(pending_[0]))) return;
  const char32_t code_point = decode(pending_);
  if (is_control(code_point)) {
    fmt::format_to(std::back_inserter(shown), "\\u{:04x}", static_cast<unsigned>(code_point));
  } else {
    shown += pending_;
  }
  pending_.clear();
}

void PrintableFilter::give_up_pending(std::string& shown) {
  for (const char byte : pending_) {
    const auto code = static_cast<unsigned char>(byte);
    if (code >= 0x20 && code < 0x7F) {
      shown += byte;
    } else {
      show_byte(code, shown);
    }
  }
  pending_.clear();
}

std::string printable(std::string_view text) {
  PrintableFilter filter;
  std::string shown = filter.feed(text);
  shown += filter.finish();
  return shown;
}

}  // namespace axle::cli
