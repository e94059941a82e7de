// The options of one command: what they are called, where their values come from and go, and how
// they are listed in the help. The only face of CLI11.
//
//   OptionParser parser(Command::build);
//   parser.flag("Output", "-f,--force", force, "Replace what is there");
//   TRY(auto asked, parser.parse(words));       // fills `force`, parser.words()
#pragma once

#include "cli/help.hpp"
#include "cli/option_files.hpp"
#include "ipc/error.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace axle::cli {

/// Variables and texts given to it must outlive it; `parse` writes the variables. `group` is a
/// heading of the help, `names` are "-o,--outdir" or "--color".
///
/// What the command line does not say is looked for under the long name in the environment
/// (AXLE_COLOR) and then in the files, as far as the option's standing allows. A flag that is
/// switched off there stays off; where there is a flag "no-...", that one is set then.
class OptionParser {
 public:
  /// `files` in the order of precedence.
  OptionParser(Command command, OptionFiles files);
  OptionParser(const OptionParser&) = delete;
  OptionParser& operator=(const OptionParser&) = delete;
  ~OptionParser();

  void flag(const char* group,
            const char* names,
            bool& set,
            const char* description,
            Standing standing = Standing::user);
  /// A flag that may be repeated.
  void count(const char* group, const char* names, int& times, const char* description);
  /// An option with one value; the last one counts. `choices` are told to those who ask what values
  /// there are; whether it is one of them is for the caller to check.
  void option(const char* group,
              const char* names,
              const char* value_name,
              std::string& value,
              const char* description,
              std::vector<std::string> choices = {},
              Standing standing = Standing::user);
  /// An option with one value, which may be repeated. The values are those of one place, or of all.
  enum class Gather { nearest, all };
  void repeated(const char* group,
                const char* names,
                const char* value_name,
                std::vector<std::string>& values,
                const char* description,
                Standing standing = Standing::user,
                Gather gather = Gather::nearest);

  /// One of the two options (long names) makes the other useless. Said at one place, both are an
  /// error with `hint`; else the nearer place counts.
  void exclude(const char* one, const char* other, const char* hint = "");
  /// The same for options that may be said together.
  void alternative(const char* one, const char* other);

  /// A word that belongs to no option, as the usage names it; in order.
  void argument(ArgumentDescription argument);

  enum class Parsed { arguments, help_wanted };
  /// Fails with `errc::usage` for unknown options, missing values and empty words; hints at the
  /// option that was meant.
  Result<Parsed> parse(std::span<const std::string> words);

  /// Where an option (its long name) was said: "--color", "AXLE_COLOR", "axle.toml:3:1: 'color'".
  [[nodiscard]] std::string origin(std::string_view name) const;
  [[nodiscard]] bool said_on_command_line(std::string_view name) const;
  /// `value` as what the option says; a failure begins with its origin, and is the project's where
  /// the project says it.
  template <class Value>
  Result<Value> checked(std::string_view name, Result<Value> value) const {
    if (!value) put_origin(name, value.error());
    return value;
  }

  /// The words that belong to no option, in order.
  [[nodiscard]] const std::vector<std::string>& words() const;
  /// The help of the command with the options that were declared.
  [[nodiscard]] Help help() const;

 private:
  void put_origin(std::string_view name, Error& error) const;

  struct Impl;  // keeps CLI11 out of this header
  std::unique_ptr<Impl> impl_;
};

/// "did you mean X?" for the nearest of the candidates, else `otherwise`.
std::string did_you_mean(std::string_view word,
                         std::span<const std::string_view> candidates,
                         std::string otherwise);

}  // namespace axle::cli
