// The options that several commands share: what they are called, and what they mean.
#pragma once

#include "cli/arguments.hpp"
#include "cli/option_parser.hpp"
#include "frontend/builder.hpp"
#include "ipc/error.hpp"

#include <string>
#include <vector>

namespace axle::cli {

/// The options that every command has. Must outlive the parser.
class CommonOptions {
 public:
  void add_to(OptionParser& parser);
  /// What was said, once the parser is done; AXLE_ENVIRONMENT_MAX_AGE counts as an option. Fails
  /// with `errc::usage`.
  [[nodiscard]] Result<CommonArguments> arguments() const;

 private:
  bool no_isolation_ = false;
  bool refresh_ = false;
  bool offline_ = false;
  std::string python_;
  std::string installer_;
  SettingArguments settings_;
  std::string timeout_;
  std::string idle_timeout_;
  std::string hook_isolation_ = "forked";
  bool daemon_ = false;
  bool no_daemon_ = false;
  int verbose_ = 0;
  int quiet_ = 0;
  std::string trace_;
  std::string color_ = "auto";
};

/// Which artifacts: -s, -w, -e. Must outlive the parser.
class KindOptions {
 public:
  void add_to(OptionParser& parser, const char* group);
  [[nodiscard]] frontend::Plan plan() const { return plan_; }

 private:
  frontend::Plan plan_;
};

}  // namespace axle::cli
