#include "cli/sibling_builds.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <future>
#include <latch>
#include <optional>

using namespace axle::cli;

TEST_SUITE_BEGIN("cli::sibling_builds");

namespace {

// What a sibling in a thread of its own gets, once it is about to ask.
std::future<std::optional<std::filesystem::path>> asked(SiblingBuilds& siblings,
                                                        std::size_t number) {
  std::latch about(1);
  auto answer = std::async(std::launch::async, [&siblings, &about, number] {
    about.count_down();
    return siblings.sdist_or_duty(number);
  });
  about.wait();
  return answer;
}

}  // namespace

TEST_CASE("The first of the siblings makes the sdist, whoever asks first") {
  for (int i = 0; i < 50; ++i) {
    SiblingBuilds siblings(3);
    auto second = asked(siblings, 1);
    auto third = asked(siblings, 2);
    CHECK(!siblings.sdist_or_duty(0));
    siblings.sdist_is("demo-1.0.tar.gz");
    CHECK(second.get() == "demo-1.0.tar.gz");
    CHECK(third.get() == "demo-1.0.tar.gz");
  }
}

TEST_CASE("When the first makes none, one other does, and only that can lay it down again") {
  SiblingBuilds siblings(3);
  siblings.lay_down_duty(1);  // which does not have it
  auto second = asked(siblings, 1);
  siblings.lay_down_duty(0);
  CHECK(!second.get());
  auto third = asked(siblings, 2);
  siblings.lay_down_duty(0);  // not any more
  siblings.sdist_is("demo-1.0.tar.gz");
  CHECK(third.get() == "demo-1.0.tar.gz");
}

TEST_SUITE_END();
