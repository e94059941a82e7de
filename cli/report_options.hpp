// The options that say what programs are told of a command.
#pragma once

#include "cli/common_arguments.hpp"
#include "cli/option_parser.hpp"
#include "ipc/error.hpp"

#include <string>

namespace axle::cli {

/// --format: what standard output has. Must outlive the parser.
class FormatOption {
 public:
  /// `json` says what there is as JSON: "the report".
  void add_to(OptionParser& parser,
              const char* group,
              const char* json,
              Standing standing = Standing::user);
  /// Fails with `errc::usage`.
  [[nodiscard]] Result<Format> format() const;

 private:
  std::string format_ = "text";
  std::string description_;
};

/// --report, --events, --format and --dotenv. Must outlive the parser.
class ReportOptions {
 public:
  void add_to(OptionParser& parser);
  /// --report alone.
  void add_file_to(OptionParser& parser);
  /// What was said, once the parser is done. Fails with `errc::usage`.
  [[nodiscard]] Result<ReportArguments> arguments() const;

 private:
  std::string report_;
  std::string events_;
  std::string dotenv_;
  FormatOption format_;
};

}  // namespace axle::cli
