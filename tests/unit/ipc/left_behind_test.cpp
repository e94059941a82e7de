#include "ipc/left_behind.hpp"

#include <doctest/doctest.h>

using axle::ipc::describe;
using Sentences = std::vector<std::string>;

TEST_SUITE_BEGIN("ipc::LeftBehind");

TEST_CASE("Nothing left behind is nothing to tell") {
  CHECK(describe({}, "pip").empty());
}

TEST_CASE("What was killed and what could not be are told apart, each process by its name") {
  CHECK(describe({.killed = {"server (pid 7)", "worker (pid 8)"}}, "build_wheel") ==
        Sentences{"build_wheel left processes behind, which were killed: server (pid 7), worker "
                  "(pid 8)"});
  CHECK(describe({.left = {"stuck (pid 9)"}}, "pip") ==
        Sentences{"pip left processes behind, which could not be killed: stuck (pid 9)"});
  CHECK(describe({.killed = {"a (pid 1)"}, .left = {"b (pid 2)"}}, "uv") ==
        Sentences{"uv left processes behind, which were killed: a (pid 1)",
                  "uv left processes behind, which could not be killed: b (pid 2)"});
}

TEST_SUITE_END();
