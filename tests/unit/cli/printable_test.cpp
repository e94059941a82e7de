#include "cli/printable.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <random>
#include <regex>
#include <string>
#include <vector>

using axle::cli::printable;
using axle::cli::PrintableFilter;
using namespace std::string_literals;

TEST_SUITE_BEGIN("cli::PrintableFilter");

namespace {

// What a terminal could act on: C0 except newline and tab, DEL, C1 as UTF-8, and whatever is not
// UTF-8 (a terminal may take it for C1).
bool is_harmless(const std::string& text) {
  static const std::regex harmless(
      "(?:[\\x20-\\x7e\\n\\t]|[\\xc3-\\xdf][\\x80-\\xbf]|\\xc2[\\xa0-\\xbf]"
      "|[\\xe0-\\xef][\\x80-\\xbf]{2}|[\\xf0-\\xf4][\\x80-\\xbf]{3})*",
      std::regex::optimize);
  return std::regex_match(text, harmless);
}

std::string letters(const std::string& text) {
  std::string found;
  for (const char c : text) {
    if (c > 0x20 && c < 0x7f) found += c;
  }
  return found;
}

bool is_subsequence(const std::string& part, const std::string& whole) {
  std::size_t next = 0;
  for (const char c : whole) {
    if (next < part.size() && part[next] == c) ++next;
  }
  return next == part.size();
}

// Random bytes in which what matters is frequent.
std::string random_bytes(std::mt19937& random) {
  static const std::vector<std::string> pieces{"\x1b",
                                               "\x1b[",
                                               "\x1b[31m",
                                               "\x1b[K",
                                               "\x1b]0;t\x07",
                                               "\x9b",
                                               "\xc2\x9b",
                                               "\xc2",
                                               "\xe2\x80",
                                               "\xe2\x80\xae",
                                               "\xf0\x9f\x90",
                                               "\xf0\x9f\x90\x8d",
                                               "\xed\xa0\x80",
                                               "\xc0\xaf",
                                               "\xff",
                                               "\r",
                                               "\n",
                                               "\t",
                                               "\x7f",
                                               "\x08",
                                               "\0"s,
                                               "a",
                                               "Z",
                                               " ",
                                               "1;",
                                               "é",
                                               "日本"};
  std::string bytes;
  const std::size_t length = random() % 40;
  for (std::size_t i = 0; i < length; ++i) {
    if (random() % 4 == 0) {
      bytes += static_cast<char>(random() % 256);
    } else {
      bytes += pieces[random() % pieces.size()];
    }
  }
  return bytes;
}

}  // namespace

TEST_CASE("Printable text passes unchanged") {
  CHECK(printable("plain\ttext\n") == "plain\ttext\n");
  CHECK(printable("Grüße, 日本語 🐍\n") == "Grüße, 日本語 🐍\n");
  CHECK(printable("").empty());
}

TEST_CASE("N9 Escapes are shown and colours dropped") {
  CHECK(printable("\x1b]0;owned\x07") == "\\x1b]0;owned\\x07");
  CHECK(printable("\x1b[2J\x1b[1;1H") == "\\x1b[2J\\x1b[1;1H");
  CHECK(printable("\x1b[6n") == "\\x1b[6n");
  CHECK(printable("\x1b[?1049h") == "\\x1b[?1049h");
  CHECK(printable("\x1b"
                  "c") == "\\x1bc");
  CHECK(printable("\x1b\x1b[31m") == "\\x1b");
  CHECK(printable("\x1b[01;31m\x1b[Kerror:\x1b[m\x1b[K no") == "error: no");
  CHECK(printable("\x1b[38:2::1:2:3mx\x1b[0m") == "x");
}

TEST_CASE("N9 Control characters and C1 are shown") {
  CHECK(printable("a\0b"s) == "a\\x00b");
  CHECK(printable("a\bb\x7f") == "a\\x08b\\x7f");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\u009b31m");
  CHECK(printable("\x9b"
                  "31m") == "\\x9b31m");
}

TEST_CASE("N9 Characters that reorder text are shown by number") {
  CHECK(printable("a\u202eb\u2066c\u2028") == "a\\u202eb\\u2066c\\u2028");
}

TEST_CASE("D6 Bytes that are not UTF-8 are shown by number") {
  CHECK(printable("caf\xe9!") == "caf\\xe9!");
  CHECK(printable("\xc0\xaf") == "\\xc0\\xaf");
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");
  CHECK(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
  CHECK(printable("\xe0\x80\xaf") == "\\xe0\\x80\\xaf");
  CHECK(printable("\xe2\x82") == "\\xe2\\x82");
  CHECK(printable("\xe2\x82x\xff") == "\\xe2\\x82x\\xff");
}

TEST_CASE("A carriage return ends a line so that it overwrites nothing") {
  CHECK(printable("10%\r20%\r\ndone\r") == "10%\n20%\ndone\n");
  CHECK(printable("a\r\r\nb") == "a\nb");
}

TEST_CASE("A sequence longer than any that colours is shown") {
  const std::string digits(500, '1');
  CHECK(printable("\x1b[" + digits + "m") == "\\x1b[" + digits + "m");
}

TEST_CASE("D6 Random bytes never reach a terminal as anything but text") {
  std::mt19937 random(20240607);
  const std::regex dropped("\x1b\\[[0-9:;]*[mK]");
  for (int round = 0; round < 4'000; ++round) {
    const std::string bytes = random_bytes(random);
    CAPTURE(bytes);
    const std::string shown = printable(bytes);
    REQUIRE(is_harmless(shown));
    // No printable text is lost; a sequence of more than 60 parameters is not made here.
    REQUIRE(is_subsequence(letters(std::regex_replace(bytes, dropped, "")), shown));

    PrintableFilter filter;
    std::string in_pieces;
    for (std::size_t i = 0; i < bytes.size();) {
      const std::size_t length = 1 + random() % 5;
      in_pieces += filter.feed(std::string_view(bytes).substr(i, length));
      i += length;
    }
    in_pieces += filter.finish();
    REQUIRE(in_pieces == shown);
  }
}

TEST_CASE("A filter is as new once it has finished") {
  PrintableFilter filter;
  CHECK(filter.feed("a\xe2\x82") == "a");
  CHECK(filter.finish() == "\\xe2\\x82");
  CHECK(filter.feed("\xac") == "\\xac");
}

TEST_SUITE_END();
