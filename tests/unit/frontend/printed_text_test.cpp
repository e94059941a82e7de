#include "frontend/printed_text.hpp"

#include <doctest/doctest.h>

using axle::frontend::as_block;
using axle::frontend::hide_credentials;
using axle::frontend::readable_lines;

using Lines = std::vector<std::string>;

TEST_SUITE_BEGIN("frontend::printed_text");

TEST_CASE("readable_lines leaves blank lines and trailing blanks out and keeps indentation") {
  CHECK(readable_lines("one\r\n\n   \t\n  two  \nthree") == Lines{"one", "  two", "three"});
  CHECK(readable_lines("") == Lines{});
  CHECK(readable_lines("\n\r\n") == Lines{});
}

TEST_CASE("readable_lines keeps the last state of a progress line") {
  CHECK(readable_lines("10%\r50%\r100%\r\nend\r") == Lines{"100%", "end"});
}

TEST_CASE("readable_lines takes terminal control sequences out") {
  CHECK(readable_lines("\x1b[1;31mred\x1b[0m \x1b]8;;http://x\x1b\\link\x1b]0;t\a!\x07\x7f") ==
        Lines{"red link!"});
  CHECK(readable_lines("cut \x1b[31") == Lines{"cut"});
  CHECK(readable_lines("cut \x1b") == Lines{"cut"});
  CHECK(readable_lines("cut \x1b]0;title") == Lines{"cut"});
}

TEST_CASE("readable_lines makes any bytes valid UTF-8") {
  CHECK(readable_lines("gr\xC3\xBC\xC3\x9F \xE9 \xF0\x9F\x90\x8D") == Lines{"grüß \uFFFD 🐍"});
  CHECK(readable_lines("\xC0\x80 \xED\xA0\x80 \xF4\x90\x80\x80 \xE2\x82") ==
        Lines{"\uFFFD\uFFFD \uFFFD\uFFFD\uFFFD \uFFFD\uFFFD\uFFFD\uFFFD \uFFFD\uFFFD"});
}

TEST_CASE("readable_lines cuts a long line between two characters") {
  std::string line = "x";
  while (line.size() < 1000) line += "é";
  const Lines lines = readable_lines(line);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].size() == 499 + std::string("…").size());
  CHECK(lines[0].ends_with("é…"));
}

TEST_CASE("hide_credentials hides what stands before the host of each URL and nothing else") {
  CHECK(hide_credentials(
            "a @ https://user:pa@ss@host/p@q and http://token@other 'git+ssh://git@h/x'") ==
        "a @ https://****@host/p@q and http://****@other 'git+ssh://****@h/x'");
  CHECK(hide_credentials("https://host/a@b me@example.org") == "https://host/a@b me@example.org");
  CHECK(hide_credentials("://") == "://");
}

TEST_CASE("as_block indents the last lines") {
  CHECK(as_block({"a", "b", "c"}, 2) == "\n  b\n  c");
  CHECK(as_block({"a"}, 2) == "\n  a");
  CHECK(as_block({}, 2).empty());
}

TEST_SUITE_END();
