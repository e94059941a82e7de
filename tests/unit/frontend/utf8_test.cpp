#include "frontend/utf8.hpp"

#include <doctest/doctest.h>

#include <string>

using axle::frontend::printable;
using axle::frontend::to_utf8;

TEST_SUITE_BEGIN("frontend::utf8");

TEST_CASE("to_utf8 leaves every character of UTF-8 as it is") {
  for (const std::string& text : {std::string("plain\n\0text", 11),
                                  std::string("\u0080\u07ff"),
                                  std::string("\u0800\ud7ff\ue000\uffff"),
                                  std::string("\U00010000\U0010ffff"),
                                  std::string()}) {
    CHECK(to_utf8(text) == text);
  }
}

TEST_CASE("to_utf8 replaces each byte that is no part of UTF-8") {
  CHECK(to_utf8("caf\xe9!") == "caf\ufffd!");
  CHECK(to_utf8("\x80\xbf") == "\ufffd\ufffd");
  CHECK(to_utf8("\xc0\x80") == "\ufffd\ufffd");
  CHECK(to_utf8("\xe0\x9f\xbf") == "\ufffd\ufffd\ufffd");
  CHECK(to_utf8("\xed\xa0\x80") == "\ufffd\ufffd\ufffd");
  CHECK(to_utf8("\xf0\x8f\xbf\xbf") == "\ufffd\ufffd\ufffd\ufffd");
  CHECK(to_utf8("\xf4\x90\x80\x80") == "\ufffd\ufffd\ufffd\ufffd");
  CHECK(to_utf8("\xf5") == "\ufffd");
  CHECK(to_utf8("a\xe4\xb8") == "a\ufffd\ufffd");
  CHECK(to_utf8("\xe4\xb8z") == "\ufffd\ufffdz");
}

TEST_CASE("N9 printable text drives no terminal") {
  CHECK(printable("\x1b[2Jname\n\x7f") == "?[2Jname??");
  CHECK(printable("\u009b2J") == "?2J");
  CHECK(printable(std::string("a\0b", 3)) == "a?b");
  CHECK(printable("h\u00e4 \u4e2d\xff") == "h\u00e4 \u4e2d\ufffd");
}

TEST_CASE("printable text is cut between characters") {
  CHECK(printable(std::string(200, 'x')) == std::string(200, 'x'));
  CHECK(printable(std::string(5000, 'x')) == std::string(200, 'x') + "...");
  const std::string cut = printable(std::string(199, 'x') + "\u4e2d\u4e2d");
  CHECK(cut == std::string(199, 'x') + "\u4e2d...");
}

TEST_SUITE_END();
