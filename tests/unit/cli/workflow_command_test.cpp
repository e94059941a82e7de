#include "cli/workflow_command.hpp"

#include <doctest/doctest.h>

using namespace axle::cli;

TEST_SUITE_BEGIN("cli::workflow_command");

TEST_CASE("A message of a workflow command keeps percent signs and lines") {
  CHECK(github_data("100 %\r\nof it: a, b") == "100 %25%0D%0Aof it: a, b");
  CHECK(github_data("%0A") == "%250A");
}

TEST_CASE("A property of a workflow command cannot become another one") {
  CHECK(github_property("C:\\x, line=1\n%") == "C%3A\\x%2C line=1%0A%25");
}

TEST_CASE("An annotation has what is known, in one line") {
  CHECK(github_annotation({.message = "no"}) == "::error::no\n");
  CHECK(github_annotation({.file = "a,b.py", .line = 3, .title = "t: u", .message = "no\n::x::"}) ==
        "::error file=a%2Cb.py,line=3,title=t%3A u::no%0A::x::\n");
  CHECK(github_annotation({.file = "a.py", .message = "no"}) == "::error file=a.py::no\n");
  CHECK(github_annotation({.line = 3, .title = "t", .message = "no"}) == "::error title=t::no\n");
}

TEST_CASE("A group has its name in one line") {
  CHECK(github_group("demo\n::add-path::/x") == "::group::demo%0A::add-path::/x\n");
}

TEST_CASE("A step output may have several lines") {
  CHECK(github_output("paths", "a\nb", "stop") == "paths<<stop\na\nb\nstop\n");
}

TEST_CASE("Unguessable words are never the same") {
  const auto word = unguessable_word();
  CHECK(word.size() == 32);
  CHECK(word.find_first_not_of("0123456789abcdef") == word.npos);
  CHECK(word != unguessable_word());
}
