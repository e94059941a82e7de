#include "frontend/printed_text.hpp"

#include <algorithm>
#include <array>

namespace axle::frontend {
namespace {

constexpr std::size_t longest_line = 500;

/// How many bytes the well-formed UTF-8 character at the start of `bytes` has; 0 if there is none.
std::size_t character_length(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned char lead = at(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead < 0xC2   ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 0 || bytes.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xE0 && at(1) < 0xA0) || (lead == 0xF0 && at(1) < 0x90);
  const bool surrogate = lead == 0xED && at(1) > 0x9F;
  const bool beyond = lead == 0xF4 && at(1) > 0x8F;
  return overlong || surrogate || beyond ? 0 : length;
}

/// How many bytes the terminal control sequence at the start of `bytes` has: "ESC [ ... letter",
/// "ESC ] ... BEL" or "ESC ] ... ESC \", or ESC and one more.
std::size_t control_sequence_length(std::string_view bytes) {
  if (bytes.size() < 2) return bytes.size();
  if (bytes[1] == '[') {
    const auto end = std::ranges::find_if(bytes.substr(2), [](char c) { return c >= '@'; });
    return static_cast<std::size_t>(end - bytes.begin()) + (end == bytes.end() ? 0 : 1);
  }
  if (bytes[1] == ']') {
    const std::size_t end = bytes.find_first_of("\a\x1b", 2);
    if (end == std::string_view::npos) return bytes.size();
    return bytes[end] == '\a' ? end + 1 : std::min(end + 2, bytes.size());
  }
  return 2;
}

std::string readable(std::string_view line) {
  std::string text;
  while (!line.empty()) {
    std::size_t taken = 1;
    if (line.front() == '\x1b') {
      taken = control_sequence_length(line);
    } else if (const std::size_t length = character_length(line); length == 0) {
      text += "\uFFFD";
    } else if (length > 1 || line.front() >= ' ' || line.front() == '\t') {
      taken = length;
      if (line.front() != '\x7f') text += line.substr(0, length);
    }
    line.remove_prefix(taken);
  }
  return text;
}

void cut(std::string& line) {
  if (line.size() <= longest_line) return;
  std::size_t end = longest_line;
  while ((static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
  line.resize(end);
  line += "…";
}

}  // namespace

std::vector<std::string> readable_lines(std::string_view bytes) {
  std::vector<std::string> lines;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    std::string_view raw = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    while (raw.ends_with('\r')) raw.remove_suffix(1);
    if (const std::size_t redrawn = raw.rfind('\r'); redrawn != raw.npos)
      raw.remove_prefix(redrawn + 1);
    std::string line = hide_credentials(readable(raw));
    line.erase(line.find_last_not_of(" \t") + 1);
    cut(line);
    if (!line.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

std::string hide_credentials(std::string_view text) {
  constexpr std::string_view start = "://";
  std::string hidden;
  for (std::size_t at = text.find(start); at != text.npos; at = text.find(start)) {
    hidden += text.substr(0, at + start.size());
    text.remove_prefix(at + start.size());
    const std::string_view authority = text.substr(0, text.find_first_of("/?# \t'\"<>"));
    if (const std::size_t host = authority.rfind('@'); host != authority.npos) {
      hidden += "****";
      text.remove_prefix(host);
    }
  }
  return hidden + std::string(text);
}

std::string as_block(const std::vector<std::string>& lines, std::size_t most) {
  std::string block;
  const std::size_t first = lines.size() - std::min(lines.size(), most);
  for (std::size_t i = first; i < lines.size(); ++i) block += "\n  " + lines[i];
  return block;
}

}  // namespace axle::frontend
