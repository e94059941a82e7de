#include "frontend/version.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace axle::frontend {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_separator(char c) {
  return c == '.' || c == '-' || c == '_';
}

using Word = std::pair<std::string_view, std::string_view>;  // a spelling, and the normal one

// Longer spellings stand before those that they begin with.
constexpr std::array pre_release_words = {
    Word("alpha", "a"),
    Word("a", "a"),
    Word("beta", "b"),
    Word("b", "b"),
    Word("rc", "rc"),
    Word("preview", "rc"),
    Word("pre", "rc"),
    Word("c", "rc"),
};
constexpr std::array post_release_words = {
    Word("post", ".post"), Word("rev", ".post"), Word("r", ".post")};
constexpr std::array development_words = {Word("dev", ".dev")};

/// Takes a number off the front of `text`, without its leading zeros.
std::optional<std::string> take_number(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && is_digit(text[length])) ++length;
  if (length == 0) return std::nullopt;
  std::string_view digits = text.substr(0, length);
  text.remove_prefix(length);
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  return std::string(digits);
}

/// Takes `[-_.]?WORD[-_.]?NUMBER?` off the front of `text`; "" if it is not there.
std::string take_phase(std::string_view& text, std::span<const Word> words) {
  std::string_view rest = text;
  if (!rest.empty() && is_separator(rest.front())) rest.remove_prefix(1);
  for (const auto& [spelling, normal] : words) {
    if (!rest.starts_with(spelling)) continue;
    rest.remove_prefix(spelling.size());
    if (!rest.empty() && is_separator(rest.front())) rest.remove_prefix(1);
    std::string phase(normal);
    phase += take_number(rest).value_or("0");
    text = rest;
    return phase;
  }
  return {};
}

/// Takes the release segment, `N(.N)*`, off the front of `text`, without its trailing zeros.
std::optional<std::string> take_release(std::string_view& text) {
  std::string release;
  std::string zeros;
  while (auto number = take_number(text)) {
    std::string& end = *number == "0" ? zeros : release;
    if (&end == &release) release += std::exchange(zeros, {});
    end += '.' + *number;
    if (text.size() < 2 || text[0] != '.' || !is_digit(text[1])) return release;
    text.remove_prefix(1);
  }
  return std::nullopt;
}

/// The local version, `+SEGMENT([-_.]SEGMENT)*`, which has to be all that is left.
std::optional<std::string> take_local(std::string_view text) {
  std::string local;
  while (!text.empty()) {
    text.remove_prefix(1);
    std::size_t length = 0;
    while (length < text.size() && (is_digit(text[length]) || is_lower(text[length]))) ++length;
    if (length == 0) return std::nullopt;
    std::string_view segment = text.substr(0, length);
    text.remove_prefix(length);
    if (!text.empty() && !is_separator(text.front())) return std::nullopt;
    local += local.empty() ? '+' : '.';
    if (std::ranges::all_of(segment, is_digit)) {
      local += *take_number(segment);
    } else {
      local += segment;
    }
  }
  return local;
}

/// `text`, in lower case, in the one spelling of its version; nothing if it is no version.
std::optional<std::string> normal_form(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  std::string epoch = "0";
  if (std::string_view rest = text; auto number = take_number(rest)) {
    if (rest.starts_with('!')) {
      epoch = *number;
      text = rest.substr(1);
    }
  }
  const auto release = take_release(text);
  if (!release) return std::nullopt;
  std::string normal = epoch + '!' + *release;
  normal += take_phase(text, pre_release_words);
  std::string post = take_phase(text, post_release_words);
  // "1.0-1" is short for "1.0.post1"; in file names the hyphen becomes an underscore.
  if (post.empty() && text.size() > 1 && (text[0] == '-' || text[0] == '_') && is_digit(text[1])) {
    text.remove_prefix(1);
    post = ".post" + *take_number(text);
  }
  normal += post + take_phase(text, development_words);
  if (text.empty()) return normal;
  if (text.front() != '+') return std::nullopt;
  const auto local = take_local(text);
  if (!local) return std::nullopt;
  return normal + *local;
}

std::string lower_without_margins(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n\f\v";
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  std::string lower(text.substr(first, text.find_last_not_of(blank) - first + 1));
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace

bool same_version(std::string_view a, std::string_view b) {
  std::string left = lower_without_margins(a);
  std::string right = lower_without_margins(b);
  const auto left_normal = normal_form(left);
  const auto right_normal = normal_form(right);
  if (left_normal || right_normal) return left_normal == right_normal;
  std::ranges::replace_if(left, is_separator, '.');
  std::ranges::replace_if(right, is_separator, '.');
  return left == right;
}

}  // namespace axle::frontend
