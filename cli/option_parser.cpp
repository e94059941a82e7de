#include "cli/option_parser.hpp"

#include "cli/option_layers.hpp"
#include "cli/peer_options.hpp"
#include "cli/suggestion.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace axle::cli {

namespace {

constexpr const char* help_names = "-h,--help";

/// An option as the command declares it. CLI11 takes longer to be told of all than to parse.
struct Declared {
  const char* group;
  const char* names;
  const char* description;
  const char* value_name;  // empty: a flag
  OptionLayers::Value value;
  std::vector<std::string> choices = {};

  [[nodiscard]] std::string_view letter() const {
    return names[1] == '-' ? std::string_view() : std::string_view(names + 1, 1);
  }
  /// The long name, without hyphens before it.
  [[nodiscard]] std::string_view name() const {
    const std::string_view all = names;
    return all.substr(all.find("--") + 2);
  }
  /// Whether one of the words may mean it; a word may also be the value of another.
  [[nodiscard]] bool may_be_among(std::span<const std::string> words) const {
    return std::ranges::any_of(words, [this](std::string_view word) {
      if (word.starts_with("--")) return word.substr(2).starts_with(name());
      return word.starts_with('-') && !letter().empty() && word.contains(letter());
    });
  }
};

void tell(CLI::App& app, const Declared& declared) {
  const char* const names = declared.names;
  if (bool* const* set = std::get_if<bool*>(&declared.value)) {
    app.add_flag(names, **set)->disable_flag_override();
  } else if (int* const* times = std::get_if<int*>(&declared.value)) {
    app.add_flag(names, **times)->disable_flag_override();
  } else if (std::string* const* value = std::get_if<std::string*>(&declared.value)) {
    app.add_option(names, **value)
        ->type_name(declared.value_name)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  } else {
    app.add_option(names, *std::get<std::vector<std::string>*>(declared.value))
        ->type_name(declared.value_name)
        ->allow_extra_args(false);
  }
}

}  // namespace

struct OptionParser::Impl {
  Impl(Command of, OptionFiles those) : command(of), files(std::move(those)) {}
  void declare(Declared option, Standing standing, bool gathers_all = false) {
    layers.add({.name = std::string(option.name()),
                .value = option.value,
                .value_name = option.value_name,
                .standing = standing,
                .gathers_all = gathers_all});
    declared.push_back(std::move(option));
  }
  // The error of an option that there is not.
  [[nodiscard]] std::unexpected<Error> unknown(const std::string& name) const;
  [[nodiscard]] std::string hint() const {
    return fmt::format("see axle {} --help", to_string(command));
  }

  [[nodiscard]] std::vector<OptionDescription> options() const;

  Command command;
  const OptionFiles files;
  std::vector<Declared> declared;
  OptionLayers layers;
  std::vector<ArgumentDescription> arguments;
  std::vector<std::string> words;
};

OptionParser::OptionParser(Command command, OptionFiles files)
    : impl_(std::make_unique<Impl>(command, std::move(files))) {}

OptionParser::~OptionParser() = default;

void OptionParser::flag(
    const char* group, const char* names, bool& set, const char* description, Standing standing) {
  impl_->declare({group, names, description, "", &set}, standing);
}

void OptionParser::count(const char* group,
                         const char* names,
                         int& times,
                         const char* description) {
  impl_->declare({group, names, description, "", &times}, Standing::user);
}

void OptionParser::option(const char* group,
                          const char* names,
                          const char* value_name,
                          std::string& value,
                          const char* description,
                          std::vector<std::string> choices,
                          Standing standing) {
  impl_->declare({group, names, description, value_name, &value, std::move(choices)}, standing);
}

void OptionParser::repeated(const char* group,
                            const char* names,
                            const char* value_name,
                            std::vector<std::string>& values,
                            const char* description,
                            Standing standing,
                            Gather gather) {
  impl_->declare({group, names, description, value_name, &values}, standing, gather == Gather::all);
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
  // What follows "--" is no option, whatever it looks like.
  const auto end = std::ranges::find(words, "--");
  CLI::App app;
  app.allow_extras();
  try {
    app.set_help_flag(help_names);
    for (const Declared& option : impl_->declared) {
      if (option.may_be_among({words.begin(), end})) tell(app, option);
    }
    app.parse(std::vector<std::string>(std::make_reverse_iterator(end), words.rend()));
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
  for (std::string& word : app.remaining()) {
    const bool is_option = word.size() > 1 && word.starts_with('-');
    if (is_option) return impl_->unknown(word.substr(0, word.find('=')));
    impl_->words.push_back(std::move(word));
  }
  if (end != words.end()) impl_->words.insert(impl_->words.end(), end + 1, words.end());
  for (const std::string& word : impl_->words) {
    if (word.empty()) return fail(errc::usage, "an argument is empty", impl_->hint());
  }
  for (const CLI::Option* option : app.get_options()) {
    if (option->count() > 0) impl_->layers.said_on_command_line_now(option->get_lnames().at(0));
  }
  TRY(impl_->layers.fill(impl_->files));
  return Parsed::arguments;
}

std::unexpected<Error> OptionParser::Impl::unknown(const std::string& name) const {
  std::vector<std::string> known{"--help"};
  for (const Declared& option : declared) known.push_back(fmt::format("--{}", option.name()));
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
  std::vector<Declared> all = declared;
  all.push_back({"General", help_names, "Print this help", "", static_cast<bool*>(nullptr)});
  std::vector<std::string_view> groups;
  for (const Declared& option : all) {
    if (std::ranges::find(groups, option.group) == groups.end()) groups.push_back(option.group);
  }
  std::vector<OptionDescription> found;
  for (const std::string_view group : groups) {
    for (Declared& option : all) {
      if (option.group != group) continue;
      found.push_back({.group = option.group,
                       .letter = std::string(option.letter()),
                       .name = std::string(option.name()),
                       .value_name = option.value_name,
                       .text = option.description,
                       .choices = std::move(option.choices),
                       .standing = layers.standing(option.name())});
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
