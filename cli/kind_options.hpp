// The options that choose artifacts.
#pragma once

#include "cli/option_parser.hpp"
#include "frontend/artifact.hpp"
#include "frontend/builder.hpp"
#include "ipc/error.hpp"

namespace axle::cli {

/// Which artifacts: -s, -w, -e. Must outlive the parser.
class KindOptions {
 public:
  /// `standing` of -s and -w; -e is for the command line alone.
  void add_to(OptionParser& parser, const char* group, Standing standing = Standing::command_line);
  [[nodiscard]] frontend::Plan plan() const { return plan_; }
  /// The one kind of artifact of a command; without one a wheel. Fails with `errc::usage`, and
  /// `hint`.
  [[nodiscard]] Result<frontend::ArtifactKind> only_kind(const char* hint) const;

 private:
  frontend::Plan plan_;
};

}  // namespace axle::cli
