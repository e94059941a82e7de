// Which CI service a command runs for: each has its own way to be told of groups, errors and
// results.
#pragma once

#include "frontend/environment_variables.hpp"

namespace axle::cli {

enum class CiService {
  none,     ///< A person, or a script.
  generic,  ///< One that is not known: nothing is drawn, and no colour taken for wanted.
  github,
  gitlab,
};

/// What the variables say that such services set: GITHUB_ACTIONS, GITLAB_CI, else CI.
CiService detected_ci(const frontend::EnvironmentVariables& variables);

}  // namespace axle::cli
