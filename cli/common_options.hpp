// The options that several commands share: what they are called, and what they mean.
#pragma once

#include "cli/common_arguments.hpp"
#include "cli/installer_choices.hpp"
#include "cli/option_parser.hpp"
#include "ipc/error.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace axle::cli {

/// The options that every command has. Must outlive the parser.
class CommonOptions {
 public:
  /// How many interpreters a command uses. Variables and files may always name several, for other
  /// commands, and the first counts; on the command line more than one is an error.
  enum class Interpreters { one, several };
  explicit CommonOptions(Interpreters interpreters = Interpreters::one)
      : interpreters_(interpreters) {}
  void add_to(OptionParser& parser);
  /// What was said, once the parser is done. Fails with `errc::usage`, or with
  /// `errc::invalid_project` where it is the project that says it.
  [[nodiscard]] Result<CommonArguments> arguments() const;
  /// Whether each setting that the command line has for one project is for one of `sources`. Fails
  /// with `errc::usage`.
  [[nodiscard]] Result<> check_projects(std::span<const std::filesystem::path> sources) const;

 private:
  [[nodiscard]] Result<std::optional<std::chrono::milliseconds>> duration(
      std::string_view name, const std::string& text) const;

  [[nodiscard]] Result<> put_pythons_into(CommonArguments& common) const;

  const Interpreters interpreters_;
  const OptionParser* parser_ = nullptr;
  bool no_config_ = false;
  std::string max_age_;
  std::string env_dir_;
  bool keep_ = false;
  InstallerChoices packages_;
  bool skip_dependency_check_ = false;
  bool ignore_requires_python_ = false;
  bool no_isolation_ = false;
  bool no_litter_ = false;
  bool refresh_ = false;
  bool offline_ = false;
  std::vector<std::string> pythons_;
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
  std::string ci_ = "auto";
};

}  // namespace axle::cli
