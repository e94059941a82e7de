#include "cli/arguments.hpp"

#include "cli/help.hpp"
#include "cli/json.hpp"
#include "cli/option_parser.hpp"
#include "cli/quantity.hpp"
#include "cli/suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

namespace axle::cli {
namespace {

using frontend::ArtifactKind;
using frontend::HookIsolation;
using frontend::InstallerChoice;
using frontend::Isolation;

constexpr const char* environment = "Environment";
constexpr const char* backend = "Build backend";
constexpr const char* general = "General";

constexpr std::array<std::string_view, 8> hook_names{
    "build_wheel",
    "build_sdist",
    "build_editable",
    "get_requires_for_build_wheel",
    "get_requires_for_build_sdist",
    "get_requires_for_build_editable",
    "prepare_metadata_for_build_wheel",
    "prepare_metadata_for_build_editable",
};

std::string see_help(Command command) {
  return fmt::format("see axle {} --help", to_string(command));
}

// The value that `word` names, or an error that lists those there are.
template <class Value>
Result<Value> choice(std::string_view option,
                     std::string_view word,
                     std::initializer_list<std::pair<std::string_view, Value>> choices) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : choices) {
    if (name == word) return value;
    names.push_back(name);
  }
  return fail(errc::usage,
              fmt::format("{} cannot be \"{}\"", option, word),
              did_you_mean(word, names, fmt::format("one of {}", fmt::join(names, ", "))));
}

// The options that every command has.
class CommonOptions {
 public:
  void add_to(OptionParser& parser) {
    parser.flag(
        environment, "-n,--no-isolation", no_isolation_, "Use the requirements that are installed");
    parser.option(
        environment, "--python", "PATH", python_, "The interpreter: a path or name (python3)");
    parser.option(environment, "--installer", "NAME", installer_, "auto (uv, else pip), uv or pip");
    parser.repeated(backend,
                    "-C,--config-setting",
                    "KEY[=VALUE]",
                    config_settings_,
                    "Tell the backend; again for a list");
    parser.option(
        backend, "--timeout", "SECONDS", timeout_, "Stop a hook after this; also 90s, 5m, 1h");
    parser.option(backend,
                  "--idle-timeout",
                  "SECONDS",
                  idle_timeout_,
                  "Stop a hook that prints nothing for so long");
    parser.option(
        backend, "--hook-isolation", "MODE", hook_isolation_, "forked (default), inline or fresh");
    parser.count(general, "-v,--verbose", verbose_, "Show the backend's output; -vv: timings");
    parser.count(general, "-q,--quiet", quiet_, "Show errors only; -qq: in brief");
    parser.option(general, "--trace", "FILE", trace_, "Write a timeline, for Perfetto");
    parser.option(general, "--color", "WHEN", color_, "auto, always or never");
  }

  [[nodiscard]] Result<CommonArguments> arguments() const;

 private:
  bool no_isolation_ = false;
  std::string python_;
  std::string installer_;
  std::vector<std::string> config_settings_;
  std::string timeout_;
  std::string idle_timeout_;
  std::string hook_isolation_ = "forked";
  int verbose_ = 0;
  int quiet_ = 0;
  std::string trace_;
  std::string color_ = "auto";
};

Result<CommonArguments> CommonOptions::arguments() const {
  CommonArguments common;
  if (verbose_ > 0 && quiet_ > 0) {
    return fail(errc::usage, "--verbose and --quiet exclude each other");
  }
  common.verbosity = static_cast<Verbosity>(std::min(verbose_, 2) - std::min(quiet_, 2));
  if (no_isolation_ && !installer_.empty()) {
    return fail(errc::usage,
                "--installer and --no-isolation exclude each other",
                "without isolation nothing is installed");
  }
  TRY(common.color,
      choice<ColorChoice>("--color",
                          color_,
                          {{"auto", ColorChoice::automatic},
                           {"always", ColorChoice::always},
                           {"never", ColorChoice::never}}));
  frontend::BuildOptions& options = common.options;
  options.isolation = no_isolation_ ? Isolation::none : Isolation::isolated;
  TRY(options.installer,
      choice<InstallerChoice>("--installer",
                              installer_.empty() ? "auto" : installer_,
                              {{"auto", InstallerChoice::automatic},
                               {"uv", InstallerChoice::uv},
                               {"pip", InstallerChoice::pip}}));
  TRY(options.hook_isolation,
      choice<HookIsolation>("--hook-isolation",
                            hook_isolation_,
                            {{"forked", HookIsolation::forked},
                             {"inline", HookIsolation::in_line},
                             {"fresh", HookIsolation::fresh}}));
  if (!python_.empty()) options.python = python_;
  if (!timeout_.empty()) {
    TRY(options.hook_timeout, parse_duration(timeout_));
  }
  if (!idle_timeout_.empty()) {
    TRY(options.hook_idle_timeout, parse_duration(idle_timeout_));
  }
  common.trace = trace_;
  common.config_settings = config_settings_;
  return common;
}

// Which artifacts: -s, -w, -e.
class KindOptions {
 public:
  void add_to(OptionParser& parser, const char* group) {
    parser.flag(group, "-s,--sdist", plan_.sdist, "An sdist");
    parser.flag(group, "-w,--wheel", plan_.wheel, "A wheel, straight from the source tree");
    parser.flag(group, "-e,--editable", plan_.editable, "An editable wheel (PEP 660)");
  }

  [[nodiscard]] frontend::Plan plan() const { return plan_; }

 private:
  frontend::Plan plan_;
};

// How many builds at once, and what the failure of one means for the others.
class BatchOptions {
 public:
  void add_to(OptionParser& parser) {
    const char* group = "Several projects";
    parser.option(group, "-j,--jobs", "[N]", jobs_, "Builds side by side (1); -j: one a processor");
    parser.flag(group, "--keep-going", keep_going_, "Go on when one cannot be built (default)");
    parser.flag(group, "--fail-fast", fail_fast_, "Stop the others then");
    parser.option(
        group, "--grace", "SECONDS", grace_, "Time for the others to end by themselves (0)");
  }

  // "-j" without a number, as people write it for make, becomes one with.
  static std::vector<std::string> with_numbers(std::span<const std::string> words) {
    std::vector<std::string> whole;
    for (std::size_t i = 0; i < words.size(); ++i) {
      whole.push_back(words[i]);
      if (words[i] == "--") {
        whole.insert(whole.end(), words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
        break;
      }
      const bool bare = words[i] == "-j" || words[i] == "--jobs";
      if (bare && (i + 1 == words.size() || !is_number(words[i + 1]))) whole.back() = "--jobs=0";
    }
    return whole;
  }

  Result<> put_into(BuildArguments& arguments) const {
    if (!jobs_.empty()) {
      if (!is_number(jobs_) || jobs_.size() > 4) {
        return fail(errc::usage,
                    fmt::format("--jobs cannot be \"{}\"", jobs_),
                    "a number up to 9999; 0 is one for each processor");
      }
      arguments.jobs = static_cast<std::size_t>(std::stoul(jobs_));
    }
    if (keep_going_ && fail_fast_) {
      return fail(errc::usage, "--keep-going and --fail-fast exclude each other");
    }
    if (!grace_.empty() && !fail_fast_) {
      return fail(errc::usage, "--grace says how --fail-fast ends the others", "add --fail-fast");
    }
    if (fail_fast_) arguments.after_failure = frontend::AfterFailure::stop_others;
    if (!grace_.empty() && grace_ != "0") {
      TRY(arguments.grace, parse_duration(grace_));
    }
    return {};
  }

 private:
  static bool is_number(const std::string& word) {
    return !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
  }

  std::string jobs_;
  bool keep_going_ = false;
  bool fail_fast_ = false;
  std::string grace_;
};

// An editable wheel may bear the name of the wheel, and would be handed on in its place.
Result<> check_editable(const BuildArguments& arguments) {
  const frontend::Plan& plan = arguments.plan;
  if (!plan.editable) return {};
  if (plan.sdist || plan.wheel) {
    return fail(errc::usage,
                "--editable excludes --sdist and --wheel: an editable wheel may have the name of "
                "the wheel and would replace it",
                "build it by itself, with another --outdir");
  }
  if (arguments.output_directory.empty()) {
    return fail(errc::usage,
                "an editable wheel is for this machine only (PEP 660)",
                "choose a folder for it with --outdir");
  }
  return {};
}

Result<Arguments> parse_build(std::span<const std::string> words) {
  OptionParser parser(Command::build);
  KindOptions kinds;
  BatchOptions batch;
  CommonOptions common;
  BuildArguments arguments;
  std::string output_directory;
  kinds.add_to(parser, "What to build (else an sdist, and a wheel from it)");
  parser.option(
      "Output", "-o,--outdir", "DIR", output_directory, "Where artifacts go (SOURCE/dist)");
  batch.add_to(parser);
  common.add_to(parser);
  TRY(const auto parsed, parser.parse(BatchOptions::with_numbers(words)));
  if (parsed == OptionParser::Parsed::help_wanted) return Help{.text = parser.help()};
  TRY(arguments.common, common.arguments());
  TRY(batch.put_into(arguments));
  arguments.plan = kinds.plan();
  arguments.output_directory = output_directory;
  TRY(check_editable(arguments));
  if (!parser.words().empty()) {
    arguments.sources.assign(parser.words().begin(), parser.words().end());
  }
  return arguments;
}

// The one SOURCE of a command; without one the current folder.
Result<std::filesystem::path> only_source(Command command, const OptionParser& parser) {
  if (parser.words().empty()) return ".";
  if (parser.words().size() == 1) return parser.words()[0];
  return fail(errc::usage,
              fmt::format("axle {} takes one SOURCE; \"{}\" is one too many",
                          to_string(command),
                          parser.words()[1]),
              see_help(command));
}

Result<Arguments> parse_metadata(std::span<const std::string> words) {
  OptionParser parser(Command::metadata);
  CommonOptions common;
  MetadataArguments arguments;
  common.add_to(parser);
  TRY(const auto parsed, parser.parse(words));
  if (parsed == OptionParser::Parsed::help_wanted) return Help{.text = parser.help()};
  TRY(arguments.common, common.arguments());
  TRY(arguments.source, only_source(Command::metadata, parser));
  return arguments;
}

Result<Arguments> parse_requires(std::span<const std::string> words) {
  OptionParser parser(Command::requirements);
  KindOptions kinds;
  CommonOptions common;
  RequiresArguments arguments;
  kinds.add_to(parser, "Requirements of (the wheel, unless you choose)");
  common.add_to(parser);
  TRY(const auto parsed, parser.parse(words));
  if (parsed == OptionParser::Parsed::help_wanted) return Help{.text = parser.help()};
  TRY(arguments.common, common.arguments());
  TRY(arguments.source, only_source(Command::requirements, parser));
  const frontend::Plan plan = kinds.plan();
  if (std::ranges::count(std::array{plan.sdist, plan.wheel, plan.editable}, true) > 1) {
    return fail(errc::usage,
                "--sdist, --wheel and --editable exclude each other",
                "axle requires answers for one of them");
  }
  if (plan.sdist) arguments.kind = ArtifactKind::sdist;
  if (plan.editable) arguments.kind = ArtifactKind::editable;
  return arguments;
}

Result<Arguments> parse_hook(std::span<const std::string> words) {
  OptionParser parser(Command::hook);
  CommonOptions common;
  HookArguments arguments;
  std::string kwargs;
  std::string output_directory;
  parser.option("The call", "--kwargs", "JSON", kwargs, "Arguments of the hook, as a JSON object");
  parser.option(
      "The call", "-o,--outdir", "DIR", output_directory, "Its directory for output (SOURCE/dist)");
  common.add_to(parser);
  TRY(const auto parsed, parser.parse(words));
  if (parsed == OptionParser::Parsed::help_wanted) return Help{.text = parser.help()};
  TRY(arguments.common, common.arguments());
  if (parser.words().size() != 2) {
    return fail(
        errc::usage, "axle hook takes a SOURCE and a HOOK", "for example: axle hook . build_wheel");
  }
  arguments.source = parser.words()[0];
  arguments.hook = parser.words()[1];
  if (std::ranges::find(hook_names, arguments.hook) == hook_names.end()) {
    return fail(
        errc::usage,
        fmt::format("there is no hook \"{}\"", arguments.hook),
        did_you_mean(
            arguments.hook, hook_names, fmt::format("one of {}", fmt::join(hook_names, ", "))));
  }
  if (!kwargs.empty()) {
    auto object = json_object(kwargs);
    if (!object) return fail(errc::usage, "--kwargs: " + object.error().message);
    arguments.kwargs = *object;
  }
  arguments.output_directory = output_directory;
  return arguments;
}

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
  const std::string_view meant = nearest(word, command_names());
  return fail(errc::usage,
              fmt::format("\"{}\" is no command", word),
              meant.empty() ? "see axle --help" : fmt::format("did you mean axle {}?", meant));
}

Result<Arguments> parse_command(Command command, std::span<const std::string> words) {
  switch (command) {
    case Command::build: return parse_build(words);
    case Command::metadata: return parse_metadata(words);
    case Command::requirements: return parse_requires(words);
    case Command::hook: return parse_hook(words);
  }
  return fail(errc::internal, "a command without a parser");
}

}  // namespace

Result<Arguments> parse_arguments(std::span<const std::string> words) {
  if (words.empty()) return Help{.text = program_help(), .asked = Help::Asked::no};
  const std::string& first = words[0];
  const auto rest = words.subspan(1);
  if (first == "-V" || first == "--version") return Version{};
  const bool help = first == "-h" || first == "--help" || first == "help";
  if (help && rest.empty()) return Help{.text = program_help()};
  const std::optional<Command> command = command_of(help ? rest[0] : first);
  if (!command) return unknown_command(help ? rest[0] : first);
  if (!help) return parse_command(*command, rest);
  const std::vector<std::string> only_help{"--help"};
  return parse_command(*command, only_help);
}

}  // namespace axle::cli
