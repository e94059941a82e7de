// How much is told on standard error. Standard output never depends on it.
#pragma once

namespace axle::cli {

enum class Verbosity {
  brief_errors = -2,  ///< -qq: an error in its first line and hint.
  errors = -1,        ///< -q: errors, complete.
  normal = 0,         ///< Also the steps, notices and what was built.
  verbose = 1,        ///< -v: also what backends and installers print, as it comes.
  detailed = 2,       ///< -vv: also how long each step took.
};

}  // namespace axle::cli
