#include "ipc/line_framer.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using axle::ipc::LineFramer;
using axle::ipc::OverlongLine;

TEST_SUITE_BEGIN("ipc::LineFramer");

namespace {

std::string text(const LineFramer::Item& item) {
  if (const auto* line = std::get_if<std::string>(&item)) return *line;
  return "<" + std::to_string(std::get<OverlongLine>(item).length) + ">";
}

std::vector<std::string> take(LineFramer& framer) {
  std::vector<std::string> lines;
  while (auto item = framer.next()) lines.push_back(text(*item));
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("LineFramer cuts at newlines and drops a carriage return before them") {
  LineFramer framer(100);
  framer.feed("one\ntwo\r\n\n\r\nfour\rfive\nsi");
  CHECK(take(framer) == Lines{"one", "two", "", "", "four\rfive"});
  framer.feed("x");
  CHECK(take(framer).empty());
  framer.feed("\nseven");
  CHECK(take(framer) == Lines{"six"});
  CHECK(text(framer.finish().value()) == "seven");
  CHECK(!framer.finish());
}

TEST_CASE("LineFramer gives the same lines however the bytes arrive") {
  const std::string_view bytes =
      "first\nsecond\r\n12345678901\n\n1234567890\r\n12345678901\r\nlast";
  const Lines expected{"first", "second", "<11>", "", "1234567890", "<11>", "last"};
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    CAPTURE(step);
    LineFramer framer(10);
    Lines lines;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      framer.feed(bytes.substr(at, step));
      for (auto& line : take(framer)) lines.push_back(line);
    }
    if (auto item = framer.finish()) lines.push_back(text(*item));
    CHECK(lines == expected);
  }
}

TEST_CASE("LineFramer counts and drops a line longer than the limit and goes on after it") {
  LineFramer framer(4);
  framer.feed("1234\n12345\nab\n");
  CHECK(take(framer) == Lines{"1234", "<5>", "ab"});
  for (int i = 0; i < 1000; ++i) {
    framer.feed(std::string(1000, 'x'));
    CHECK(take(framer).empty());
  }
  framer.feed("\nnext\n");
  CHECK(take(framer) == Lines{"<1000000>", "next"});
}

TEST_CASE("LineFramer tells an unfinished overlong line at the end") {
  LineFramer framer(4);
  framer.feed("12345");
  CHECK(take(framer).empty());
  framer.feed("678");
  CHECK(text(framer.finish().value()) == "<8>");
  CHECK(!framer.finish());
  framer.feed("9\n");
  CHECK(take(framer) == Lines{"9"});
}

TEST_CASE("LineFramer keeps bytes that are not text as they are") {
  LineFramer framer(100);
  const std::string bytes("a\0b\xff\xfe\x1b[0m", 9);
  framer.feed(bytes + "\n");
  CHECK(take(framer) == Lines{bytes});
}

TEST_SUITE_END();
