#include "frontend/edit_distance.hpp"

#include <doctest/doctest.h>

using axle::frontend::edit_distance;

TEST_SUITE_BEGIN("frontend::edit_distance");

TEST_CASE("The distance of two words is the fewest changes from one to the other") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("build", "build") == 0);
  CHECK(edit_distance("bild", "build") == 1);
  CHECK(edit_distance("builds", "build") == 1);
  CHECK(edit_distance("buils", "build") == 1);
  CHECK(edit_distance("biuld", "build") == 1);
  CHECK(edit_distance("ca", "abc") == 3);  // A character is touched once.
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_SUITE_END();
