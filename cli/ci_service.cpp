#include "cli/ci_service.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace axle::cli {
namespace {

// As services set it, and people who take it back.
bool is_on(const frontend::EnvironmentVariables& variables, std::string_view name) {
  constexpr std::array<std::string_view, 5> off{"", "0", "no", "off", "false"};
  return std::ranges::find(off, variables.value(name).value_or("")) == off.end();
}

}  // namespace

CiService detected_ci(const frontend::EnvironmentVariables& variables) {
  if (is_on(variables, "GITHUB_ACTIONS")) return CiService::github;
  if (is_on(variables, "GITLAB_CI")) return CiService::gitlab;
  return is_on(variables, "CI") ? CiService::generic : CiService::none;
}

}  // namespace axle::cli
