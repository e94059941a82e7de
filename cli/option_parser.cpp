#include "cli/option_parser.hpp"

#include "cli/suggestion.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace axle::cli {

struct OptionParser::Impl {
  explicit Impl(Command of) : command(of) {}
  [[nodiscard]] Result<> check_unknown() const;
  [[nodiscard]] std::string hint() const {
    return fmt::format("see axle {} --help", to_string(command));
  }

  Command command;
  CLI::App app;
  std::vector<std::string> words;
};

OptionParser::OptionParser(Command command) : impl_(std::make_unique<Impl>(command)) {
  impl_->app.allow_extras();
  // In no group: the usage tells of it.
  impl_->app.add_option("words", impl_->words)->allow_extra_args(false)->group("");
  impl_->app.set_help_flag("-h,--help", "Print this help")->group("Help");
}

OptionParser::~OptionParser() = default;

void OptionParser::flag(const char* group, const char* names, bool& set, const char* description) {
  impl_->app.add_flag(names, set, description)->group(group)->disable_flag_override();
}

void OptionParser::count(const char* group,
                         const char* names,
                         int& times,
                         const char* description) {
  impl_->app.add_flag(names, times, description)->group(group)->disable_flag_override();
}

void OptionParser::option(const char* group,
                          const char* names,
                          const char* value_name,
                          std::string& value,
                          const char* description) {
  impl_->app.add_option(names, value, description)
      ->type_name(value_name)
      ->group(group)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void OptionParser::repeated(const char* group,
                            const char* names,
                            const char* value_name,
                            std::vector<std::string>& values,
                            const char* description) {
  impl_->app.add_option(names, values, description)
      ->type_name(value_name)
      ->group(group)
      ->allow_extra_args(false);
}

Result<OptionParser::Parsed> OptionParser::parse(std::span<const std::string> words) {
  try {
    impl_->app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::CallForHelp&) {
    return Parsed::help_wanted;
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string_view what = error.what();
    return fail(errc::usage,
                fmt::format("{} needs a value", what.substr(0, what.find(':'))),
                impl_->hint());
  } catch (const CLI::Error& error) {
    return fail(errc::usage, error.what(), impl_->hint());
  }
  TRY(impl_->check_unknown());
  for (const std::string& word : impl_->words) {
    if (word.empty()) return fail(errc::usage, "an argument is empty", impl_->hint());
  }
  return Parsed::arguments;
}

Result<> OptionParser::Impl::check_unknown() const {
  const std::vector<std::string> unknown = app.remaining();
  if (unknown.empty()) return {};
  const std::string name = unknown[0].substr(0, unknown[0].find('='));
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& long_name : option->get_lnames()) known.push_back("--" + long_name);
  }
  const std::vector<std::string_view> candidates(known.begin(), known.end());
  return fail(errc::usage,
              fmt::format("axle {} has no option {}", to_string(command), name),
              did_you_mean(name, candidates, hint()));
}

const std::vector<std::string>& OptionParser::words() const {
  return impl_->words;
}

std::string OptionParser::help() const {
  constexpr std::size_t description_column = 32;
  std::string text;
  for (const std::string& group : impl_->app.get_groups()) {
    if (group.empty()) continue;
    text += group + ":\n";
    for (const CLI::Option* option : impl_->app.get_options()) {
      if (option->get_group() != group) continue;
      const auto& letters = option->get_snames();
      std::string names = letters.empty() ? "      " : fmt::format("  -{}, ", letters[0]);
      names += "--" + option->get_lnames().at(0);
      if (option->get_items_expected_max() > 0) names += " " + option->get_type_name();
      text += fmt::format("{:<{}}{}\n", names, description_column, option->get_description());
    }
    text += '\n';
  }
  return command_help(impl_->command, text);
}

std::string did_you_mean(std::string_view word,
                         std::span<const std::string_view> candidates,
                         std::string otherwise) {
  const std::string_view meant = nearest(word, candidates);
  if (meant.empty()) return otherwise;
  return fmt::format("did you mean {}?", meant);
}

}  // namespace axle::cli
