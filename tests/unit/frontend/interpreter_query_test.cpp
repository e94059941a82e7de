#include "frontend/interpreter_query.hpp"

#include <doctest/doctest.h>

using axle::frontend::find_answer;
using axle::frontend::InterpreterAnswer;

using namespace std::string_literals;

TEST_SUITE_BEGIN("frontend::interpreter_query");

TEST_CASE("find_answer reads bytes as they are") {
  CHECK(find_answer("<axle-answer>\0path=/a=b\n\xFF\0empty=\0</axle-answer>\n"s) ==
        InterpreterAnswer{{"path", "/a=b\n\xFF"}, {"empty", ""}});
  CHECK(find_answer("<axle-answer>\0</axle-answer>\n"s) == InterpreterAnswer{});
}

TEST_CASE("find_answer finds the last answer among noise") {
  CHECK(find_answer("noise<axle-answer>\0a=1\0</axle-answer>\nnoise"s
                    "<axle-answer>\0a=2\0</axle-answer>\n<axle-answer>\0at exit"s) ==
        InterpreterAnswer{{"a", "2"}});
}

TEST_CASE("find_answer takes nothing that is not whole for an answer") {
  for (const std::string& printed : {""s,
                                     "Python 3.11.2\n"s,
                                     "<axle-answer>\0a=1\0"s,
                                     "a=1\0</axle-answer>\n"s,
                                     "<axle-answer></axle-answer>"s,
                                     "<axle-answer>\0a\0</axle-answer>\n"s}) {
    CAPTURE(printed);
    CHECK(find_answer(printed) == std::nullopt);
  }
}

TEST_SUITE_END();
