// The options that say what programs are told of a build.
#pragma once

#include "cli/arguments.hpp"
#include "cli/option_parser.hpp"
#include "ipc/error.hpp"

#include <string>

namespace axle::cli {

/// --report and --format. Must outlive the parser.
class ReportOptions {
 public:
  void add_to(OptionParser& parser);
  /// What was said, once the parser is done. Fails with `errc::usage`.
  [[nodiscard]] Result<ReportArguments> arguments() const;

 private:
  std::string report_;
  std::string format_ = "text";
};

}  // namespace axle::cli
