// The options of one command: what they are called, where their values go, and how they are listed
// in the help. The only face of CLI11.
//
//   OptionParser parser(Command::build);
//   parser.flag("Output", "-f,--force", force, "Replace what is there");
//   TRY(auto asked, parser.parse(words));       // fills `force`, parser.words()
#pragma once

#include "cli/help.hpp"
#include "ipc/error.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace axle::cli {

/// Variables given to it must outlive it; they are written by `parse`. `group` is a heading of the
/// help, `names` are "-o,--outdir" or "--color".
class OptionParser {
 public:
  explicit OptionParser(Command command);
  OptionParser(const OptionParser&) = delete;
  OptionParser& operator=(const OptionParser&) = delete;
  ~OptionParser();

  void flag(const char* group, const char* names, bool& set, const char* description);
  /// A flag that may be repeated.
  void count(const char* group, const char* names, int& times, const char* description);
  /// An option with one value; the last one counts. `choices` are told to those who ask what values
  /// there are; whether it is one of them is for the caller to check.
  void option(const char* group,
              const char* names,
              const char* value_name,
              std::string& value,
              const char* description,
              std::vector<std::string> choices = {});
  /// An option with one value, which may be repeated.
  void repeated(const char* group,
                const char* names,
                const char* value_name,
                std::vector<std::string>& values,
                const char* description);

  /// A word that belongs to no option, as the usage names it; in order.
  void argument(ArgumentDescription argument);

  enum class Parsed { arguments, help_wanted };
  /// Fails with `errc::usage` for unknown options, missing values and empty words; hints at the
  /// option that was meant.
  Result<Parsed> parse(std::span<const std::string> words);

  /// The words that belong to no option, in order.
  [[nodiscard]] const std::vector<std::string>& words() const;
  /// The help of the command with the options that were declared.
  [[nodiscard]] Help help() const;

 private:
  struct Impl;  // keeps CLI11 out of this header
  std::unique_ptr<Impl> impl_;
};

/// "did you mean X?" for the nearest of the candidates, else `otherwise`.
std::string did_you_mean(std::string_view word,
                         std::span<const std::string_view> candidates,
                         std::string otherwise);

}  // namespace axle::cli
