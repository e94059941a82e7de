#include "cli/output_tail.hpp"

#include <doctest/doctest.h>

#include <string>

using axle::cli::OutputTail;

TEST_SUITE_BEGIN("cli::OutputTail");

TEST_CASE("OutputTail gives the last lines and counts those before") {
  OutputTail tail;
  tail.append("one\ntwo\nth");
  tail.append("ree\nfour\n");
  const auto end = tail.end(2, 1000);
  CHECK(end.text == "three\nfour\n");
  CHECK(end.lines_left_out == 2);
  CHECK_FALSE(end.cut_line);
}

TEST_CASE("OutputTail counts an unfinished last line as a line") {
  OutputTail tail;
  tail.append("one\ntwo\nthree");
  CHECK(tail.end(1, 1000).text == "three");
  CHECK(tail.end(1, 1000).lines_left_out == 2);
  CHECK(tail.end(3, 1000).text == "one\ntwo\nthree");
  CHECK(tail.end(99, 1000).lines_left_out == 0);
}

TEST_CASE("OutputTail keeps empty lines") {
  OutputTail tail;
  tail.append("a\n\n\n");
  CHECK(tail.end(2, 1000).text == "\n\n");
  CHECK(tail.end(2, 1000).lines_left_out == 1);
}

TEST_CASE("OutputTail gives nothing of nothing") {
  OutputTail tail;
  CHECK(tail.empty());
  CHECK(tail.end(60, 1000).text.empty());
  tail.append("x\n");
  CHECK_FALSE(tail.empty());
  CHECK(tail.end(0, 1000).text == "x\n");
  tail.clear();
  CHECK(tail.empty());
}

TEST_CASE("OutputTail cuts a line that is too long and says so") {
  OutputTail tail;
  tail.append("short\n" + std::string(100, 'x') + "\n");
  const auto end = tail.end(60, 11);
  CHECK(end.text == std::string(10, 'x') + "\n");
  CHECK(end.lines_left_out == 1);
  CHECK(end.cut_line);
}

TEST_CASE("D6 OutputTail keeps bounded memory of endless output and forgets no line's number") {
  OutputTail tail(1000);
  for (int i = 0; i < 20'000; ++i) tail.append("line\n");
  const auto all = tail.end(1'000'000, 1'000'000);
  CHECK(all.text.size() >= 1000);
  CHECK(all.text.size() <= 2000);
  CHECK(all.text.size() / 5 + all.lines_left_out == 20'000);

  tail.clear();
  for (int i = 0; i < 20; ++i) tail.append(std::string(64 * 1024, 'x'));
  const auto line = tail.end(60, 1'000'000);
  CHECK(line.text.size() <= 64 * 1024);
  CHECK(line.cut_line);
  CHECK(line.lines_left_out == 0);
}

TEST_SUITE_END();
