// From the words of the command line to arguments: the command, and which files have a say in it.
#include "cli/command_arguments.hpp"
#include "cli/manual.hpp"
#include "cli/option_parser.hpp"
#include "cli/suggestion.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace axle::cli {
namespace {

Result<Arguments> unknown_command(const std::string& word) {
  if (word.starts_with('-')) {
    return fail(errc::usage,
                fmt::format("axle itself has no option {}", word),
                "options come after a command: axle build --wheel");
  }
  // Who writes a path wants it built.
  if (word == "." || word.contains('/')) {
    return fail(errc::usage,
                fmt::format("\"{}\" is no command", word),
                fmt::format("did you mean axle build {}?", word));
  }
  // What it makes is an option here, as it is a command elsewhere.
  if (word == "sdist" || word == "wheel" || word == "editable") {
    return fail(errc::usage,
                fmt::format("\"{}\" is no command", word),
                fmt::format("did you mean axle build --{}?", word));
  }
  const std::string_view meant = nearest(word, command_names());
  return fail(errc::usage,
              fmt::format("\"{}\" is no command", word),
              meant.empty() ? "see axle --help" : fmt::format("did you mean axle {}?", meant));
}

// The files of the project first: it is nearer.
Result<OptionFiles> all_files(const std::filesystem::path& source, const OptionFiles& users) {
  TRY(auto files, project_files(source));
  if (!files.empty()) files.insert(files.end(), users.begin(), users.end());
  return files;
}

// The arguments again, where the files of a project have something to say.
Result<Arguments> with_project(Command command,
                               std::span<const std::string> words,
                               const OptionFiles& users,
                               Arguments arguments) {
  if (auto* build = std::get_if<BuildArguments>(&arguments)) {
    for (const std::filesystem::path& source : build->sources) {
      const auto files = all_files(source, users);
      OwnArguments own;
      if (!files) {
        own = std::make_shared<Result<BuildArguments>>(std::unexpected(files.error()));
      } else if (!files->empty()) {
        auto parsed = parse_with(Command::build, words, *files);
        own = std::make_shared<Result<BuildArguments>>(
            parsed ? Result<BuildArguments>(std::get<BuildArguments>(*std::move(parsed)))
                   : std::unexpected(std::move(parsed).error()));
      }
      build->own.push_back(std::move(own));
    }
    return arguments;
  }
  const std::filesystem::path* source = nullptr;
  if (const auto* metadata = std::get_if<MetadataArguments>(&arguments)) source = &metadata->source;
  if (const auto* list = std::get_if<RequiresArguments>(&arguments)) source = &list->source;
  if (const auto* hook = std::get_if<HookArguments>(&arguments)) source = &hook->source;
  if (const auto* env = std::get_if<EnvArguments>(&arguments)) {
    if (env->action == EnvArguments::Action::path && env->key.empty()) source = &env->source;
  }
  if (source == nullptr) return arguments;
  TRY(const auto files, all_files(*source, users));
  return files.empty() ? arguments : parse_with(command, words, files);
}

const CommonArguments* common_of(const Arguments& arguments) {
  return std::visit(
      [](const auto& chosen) -> const CommonArguments* {
        if constexpr (requires { chosen.common; }) return &chosen.common;
        return nullptr;
      },
      arguments);
}

Result<Arguments> parse_command(Command command, std::span<const std::string> words) {
  TRY(auto arguments, parse_with(command, words, {}));
  const CommonArguments* common = common_of(arguments);
  if (common == nullptr || common->no_config || command == Command::daemon) return arguments;
  TRY(const auto users, user_files());
  if (!users.empty()) {
    TRY(arguments, parse_with(command, words, users));
  }
  return with_project(command, words, users, std::move(arguments));
}

}  // namespace

Result<Arguments> parse_with(Command command,
                             std::span<const std::string> words,
                             const OptionFiles& files) {
  switch (command) {
    case Command::build: return parse_build(words, files);
    case Command::metadata: return parse_metadata(words, files);
    case Command::requirements: return parse_requires(words, files);
    case Command::hook: return parse_hook(words, files);
    case Command::env: return parse_env(words, files);
    case Command::daemon: return parse_daemon(words, files);
    case Command::doctor: return parse_doctor(words, files);
    case Command::completion: return parse_completion(words);
  }
  return fail(errc::internal, "a command without a parser");
}

Result<Arguments> parse_arguments(std::span<const std::string> words) {
  if (words.empty()) return Help{.text = program_help(), .asked = Help::Asked::no};
  const std::string& first = words[0];
  const auto rest = words.subspan(1);
  if (first == "-V" || first == "--version") return Version{};
  const bool help = first == "-h" || first == "--help" || first == "help";
  if (help && rest.empty()) return Help{.text = program_help()};
  if (help && rest[0] == "--man") return Help{.text = manual_page(all_commands())};
  const std::optional<Command> command = command_of(help ? rest[0] : first);
  if (!command) return unknown_command(help ? rest[0] : first);
  if (!help) return parse_command(*command, rest);
  const std::vector<std::string> only_help{"--help"};
  return parse_with(*command, only_help, {});
}

}  // namespace axle::cli
