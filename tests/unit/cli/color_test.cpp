#include "cli/color.hpp"

#include <doctest/doctest.h>

using namespace axle::cli;

TEST_SUITE_BEGIN("cli::color");

TEST_CASE("Colours are for terminals unless someone decides otherwise") {
  CHECK(colors_wanted(ColorChoice::automatic, true, {}));
  CHECK_FALSE(colors_wanted(ColorChoice::automatic, false, {}));
  CHECK_FALSE(colors_wanted(ColorChoice::automatic, true, {.term = "dumb"}));
}

TEST_CASE("The option --color beats the environment") {
  CHECK(colors_wanted(ColorChoice::always, false, {.no_color = "1", .term = "dumb"}));
  CHECK_FALSE(colors_wanted(ColorChoice::never, true, {.force_color = "1", .clicolor_force = "1"}));
}

TEST_CASE("NO_COLOR beats FORCE_COLOR and CLICOLOR_FORCE") {
  CHECK_FALSE(colors_wanted(ColorChoice::automatic, true, {.no_color = "1"}));
  CHECK_FALSE(colors_wanted(ColorChoice::automatic, true, {.no_color = "0", .force_color = "1"}));
  CHECK(colors_wanted(ColorChoice::automatic, false, {.force_color = "1"}));
  CHECK(colors_wanted(ColorChoice::automatic, false, {.clicolor_force = "1"}));
  CHECK_FALSE(colors_wanted(ColorChoice::automatic, false, {.force_color = "0"}));
  CHECK_FALSE(colors_wanted(ColorChoice::automatic, false, {.clicolor_force = "0"}));
}

TEST_CASE("Paint leaves text alone where there are no colours") {
  CHECK(Paint(false).bad("error:") == "error:");
  CHECK(Paint(true).bad("error:") == "\x1b[1;31merror:\x1b[0m");
  CHECK(Paint(true).bold("").empty());
}

TEST_SUITE_END();
