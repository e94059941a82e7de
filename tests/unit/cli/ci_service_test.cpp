#include "cli/ci_service.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace axle::cli;
using axle::frontend::EnvironmentVariables;

TEST_SUITE_BEGIN("cli::CiService");

namespace {

CiService detected(const std::vector<std::string>& entries) {
  return detected_ci(EnvironmentVariables(entries));
}

}  // namespace

TEST_CASE("A CI service is known by the variables that it sets") {
  CHECK(detected({}) == CiService::none);
  CHECK(detected({"CI=true"}) == CiService::generic);
  CHECK(detected({"CI=true", "GITHUB_ACTIONS=true"}) == CiService::github);
  CHECK(detected({"CI=true", "GITLAB_CI=true"}) == CiService::gitlab);
}

TEST_CASE("What a variable takes back is no CI service") {
  CHECK(detected({"CI="}) == CiService::none);
  CHECK(detected({"CI=false"}) == CiService::none);
  CHECK(detected({"CI=0", "GITHUB_ACTIONS=false", "GITLAB_CI="}) == CiService::none);
}
