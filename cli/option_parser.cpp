#include "cli/option_parser.hpp"

#include "cli/option_layers.hpp"
#include "cli/peer_options.hpp"
#include "cli/suggestion.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

namespace axle::cli {

struct OptionParser::Impl {
  Impl(Command of, OptionFiles those) : command(of), files(std::move(those)) {}
  // The error of an option that there is not.
  [[nodiscard]] std::unexpected<Error> unknown(const std::string& name) const;
  [[nodiscard]] std::string hint() const {
    return fmt::format("see axle {} --help", to_string(command));
  }

  [[nodiscard]] std::vector<OptionDescription> options() const;

  CLI::Option* declare(CLI::Option* option, const char* group, OptionLayers::Option own) {
    own.name = option->get_lnames().at(0);
    layers.add(std::move(own));
    return option->group(group);
  }

  Command command;
  const OptionFiles files;
  CLI::App app;
  OptionLayers layers;
  std::map<std::string, std::vector<std::string>> choices;  // by the name of the option
  std::vector<ArgumentDescription> arguments;
  std::vector<std::string> words;
};

OptionParser::OptionParser(Command command, OptionFiles files)
    : impl_(std::make_unique<Impl>(command, std::move(files))) {
  impl_->app.allow_extras();
  impl_->app.set_help_flag();
}

OptionParser::~OptionParser() = default;

void OptionParser::flag(
    const char* group, const char* names, bool& set, const char* description, Standing standing) {
  impl_
      ->declare(impl_->app.add_flag(names, set, description),
                group,
                {.value = &set, .standing = standing})
      ->disable_flag_override();
}

void OptionParser::count(const char* group,
                         const char* names,
                         int& times,
                         const char* description) {
  impl_->declare(impl_->app.add_flag(names, times, description), group, {.value = &times})
      ->disable_flag_override();
}

void OptionParser::option(const char* group,
                          const char* names,
                          const char* value_name,
                          std::string& value,
                          const char* description,
                          std::vector<std::string> choices,
                          Standing standing) {
  const CLI::Option* option =
      impl_
          ->declare(impl_->app.add_option(names, value, description),
                    group,
                    {.value = &value, .value_name = value_name, .standing = standing})
          ->type_name(value_name)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  impl_->choices[option->get_lnames().at(0)] = std::move(choices);
}

void OptionParser::repeated(const char* group,
                            const char* names,
                            const char* value_name,
                            std::vector<std::string>& values,
                            const char* description,
                            Standing standing,
                            Gather gather) {
  impl_
      ->declare(impl_->app.add_option(names, values, description),
                group,
                {.value = &values,
                 .value_name = value_name,
                 .standing = standing,
                 .gathers_all = gather == Gather::all})
      ->type_name(value_name)
      ->allow_extra_args(false);
}

void OptionParser::exclude(const char* one, const char* other, const char* hint) {
  impl_->layers.exclude({one, other, hint, true});
}

void OptionParser::alternative(const char* one, const char* other) {
  impl_->layers.exclude({one, other, "", false});
}

std::string OptionParser::origin(std::string_view name) const {
  return impl_->layers.origin(name);
}

bool OptionParser::said_on_command_line(std::string_view name) const {
  return impl_->layers.said_on_command_line(name);
}

void OptionParser::put_origin(std::string_view name, Error& error) const {
  error.message = fmt::format("{}: {}", origin(name), error.message);
  error.code = impl_->layers.code(name);
}

void OptionParser::argument(ArgumentDescription argument) {
  impl_->arguments.push_back(std::move(argument));
}

Result<OptionParser::Parsed> OptionParser::parse(std::span<const std::string> words) {
  // Declared last, so that it is listed last.
  impl_->app.set_help_flag("-h,--help", "Print this help")->group("General");
  // What follows "--" is no option, whatever it looks like.
  const auto end = std::ranges::find(words, "--");
  try {
    impl_->app.parse(std::vector<std::string>(std::make_reverse_iterator(end), words.rend()));
  } catch (const CLI::CallForHelp&) {
    return Parsed::help_wanted;
  } catch (const CLI::ArgumentMismatch& error) {
    // "--outdir: 1 required DIR missing", or "wheel was given a disallowed flag override".
    const std::string_view what = error.what();
    const std::size_t colon = what.find(':');
    const std::string problem =
        colon != std::string_view::npos
            ? fmt::format("{} needs a value", what.substr(0, colon))
            : fmt::format("--{} takes no value", what.substr(0, what.find(' ')));
    return fail(errc::usage, problem, impl_->hint());
  } catch (const CLI::Error& error) {
    return fail(errc::usage, error.what(), impl_->hint());
  }
  for (std::string& word : impl_->app.remaining()) {
    const bool is_option = word.size() > 1 && word.starts_with('-');
    if (is_option) return impl_->unknown(word.substr(0, word.find('=')));
    impl_->words.push_back(std::move(word));
  }
  if (end != words.end()) impl_->words.insert(impl_->words.end(), end + 1, words.end());
  for (const std::string& word : impl_->words) {
    if (word.empty()) return fail(errc::usage, "an argument is empty", impl_->hint());
  }
  for (const CLI::Option* option : impl_->app.get_options()) {
    if (option->count() > 0) impl_->layers.said_on_command_line_now(option->get_lnames().at(0));
  }
  TRY(impl_->layers.fill(impl_->files));
  return Parsed::arguments;
}

std::unexpected<Error> OptionParser::Impl::unknown(const std::string& name) const {
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& long_name : option->get_lnames()) known.push_back("--" + long_name);
  }
  const std::vector<std::string_view> candidates(known.begin(), known.end());
  const std::string peers = peer_option_hint(name, candidates);
  return fail(errc::usage,
              fmt::format("axle {} has no option {}", to_string(command), name),
              peers.empty() ? did_you_mean(name, candidates, hint()) : peers);
}

const std::vector<std::string>& OptionParser::words() const {
  return impl_->words;
}

std::vector<OptionDescription> OptionParser::Impl::options() const {
  std::vector<OptionDescription> found;
  for (const std::string& group : app.get_groups()) {
    if (group.empty()) continue;
    for (const CLI::Option* option : app.get_options()) {
      if (option->get_group() != group) continue;
      const auto& letters = option->get_snames();
      const std::string& name = option->get_lnames().at(0);
      const bool has_value = option->get_items_expected_max() > 0;
      const auto known = choices.find(name);
      found.push_back(
          {.group = group,
           .letter = letters.empty() ? "" : letters[0],
           .name = name,
           .value_name = has_value ? option->get_type_name() : "",
           .text = option->get_description(),
           .choices = known == choices.end() ? std::vector<std::string>{} : known->second,
           .standing = layers.standing(name)});
    }
  }
  return found;
}

Help OptionParser::help() const {
  constexpr std::size_t description_column = 36;
  const std::vector<OptionDescription> options = impl_->options();
  std::string text;
  std::string_view group;
  for (const OptionDescription& option : options) {
    if (option.group != group) {
      text += fmt::format("{}{}:\n", group.empty() ? "" : "\n", option.group);
      group = option.group;
    }
    std::string names = option.letter.empty() ? "      " : fmt::format("  -{}, ", option.letter);
    names += "--" + option.name;
    if (!option.value_name.empty()) names += " " + option.value_name;
    // One that is too long has a line of its own.
    if (names.size() + 2 > description_column)
      names += fmt::format("\n{:{}}", "", description_column);
    const std::size_t width = names.contains('\n') ? 0 : description_column;
    text += fmt::format("{:<{}}{}\n", names, width, option.text);
  }
  text += '\n';
  return {.text = command_help(impl_->command, text),
          .description = {
              .command = impl_->command, .options = options, .arguments = impl_->arguments}};
}

std::string did_you_mean(std::string_view word,
                         std::span<const std::string_view> candidates,
                         std::string otherwise) {
  const std::string_view meant = nearest(word, candidates);
  if (meant.empty()) return otherwise;
  return fmt::format("did you mean {}?", meant);
}

}  // namespace axle::cli
