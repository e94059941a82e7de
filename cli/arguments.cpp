#include "cli/command_arguments.hpp"
#include "cli/common_options.hpp"
#include "cli/help.hpp"
#include "cli/json.hpp"
#include "cli/option_parser.hpp"
#include "cli/quantity.hpp"
#include "cli/report_options.hpp"
#include "cli/suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace axle::cli {
namespace {

using frontend::ArtifactKind;

std::string see_help(Command command) {
  return fmt::format("see axle {} --help", to_string(command));
}

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
    parser.exclude("keep-going", "fail-fast");
    parser_ = &parser;
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

  // The word after such a "-j", which may have been meant as its number.
  static std::string after_bare(std::span<const std::string> words) {
    for (std::size_t i = 0; i + 1 < words.size() && words[i] != "--"; ++i) {
      const bool bare = words[i] == "-j" || words[i] == "--jobs";
      if (bare && !is_number(words[i + 1]) && !words[i + 1].starts_with('-')) return words[i + 1];
    }
    return {};
  }

  Result<> put_into(BuildArguments& arguments) const {
    if (!jobs_.empty()) {
      if (!is_number(jobs_) || jobs_.size() > 4) {
        return fail(errc::usage,
                    fmt::format("{} cannot be \"{}\"", parser_->origin("jobs"), jobs_),
                    "a number up to 9999; 0 is one for each processor");
      }
      arguments.jobs = static_cast<std::size_t>(std::stoul(jobs_));
    }
    if (parser_->said_on_command_line("grace") && !fail_fast_) {
      return fail(errc::usage, "--grace says how --fail-fast ends the others", "add --fail-fast");
    }
    if (fail_fast_) arguments.after_failure = frontend::AfterFailure::stop_others;
    if (!grace_.empty() && grace_ != "0") {
      TRY(arguments.grace, parser_->checked("grace", parse_duration(grace_)));
    }
    return {};
  }

 private:
  static bool is_number(const std::string& word) {
    return !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
  }

  const OptionParser* parser_ = nullptr;
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
  if (arguments.common.options.workplace == frontend::Workplace::copy) {
    return fail(errc::usage,
                fmt::format("--editable excludes {}: an editable wheel leads to the source tree",
                            plan.twice ? "--reproducible" : "--no-litter"));
  }
  if (arguments.output_directory.empty()) {
    return fail(errc::usage,
                "an editable wheel is for this machine only (PEP 660)",
                "choose a folder for it with --outdir");
  }
  return {};
}

Result<Arguments> parse_build(std::span<const std::string> words, const OptionFiles& files) {
  OptionParser parser(Command::build, files);
  KindOptions kinds;
  BatchOptions batch;
  ReportOptions report;
  CommonOptions common;
  BuildArguments arguments;
  std::string output_directory;
  bool reproducible = false;
  bool clear = false;
  bool list = false;
  parser.argument({.name = "SOURCE", .repeats = true});
  kinds.add_to(parser, "What to build (else an sdist, and a wheel from it)", Standing::project);
  parser.option("Output",
                "-o,--outdir",
                "DIR",
                output_directory,
                "Where artifacts go (SOURCE/dist)",
                {},
                Standing::project);
  parser.flag("Output",
              "--reproducible",
              reproducible,
              "Build twice, and fail where that differs",
              Standing::project);
  parser.flag("What to build (else an sdist, and a wheel from it)",
              "--list",
              list,
              "Say what would be built, and build nothing",
              Standing::command_line);
  parser.flag("Output", "--clear", clear, "Remove what was built there before");
  batch.add_to(parser);
  report.add_to(parser);
  common.add_to(parser);
  TRY(const auto parsed, parser.parse(BatchOptions::with_numbers(words)));
  if (parsed == OptionParser::Parsed::help_wanted) return parser.help();
  TRY(arguments.common, common.arguments());
  TRY(arguments.common.report, report.arguments());
  TRY(batch.put_into(arguments));
  arguments.jobs_or_source = BatchOptions::after_bare(words);
  arguments.plan = kinds.plan();
  arguments.plan.twice = reproducible;
  if (reproducible) arguments.common.options.workplace = frontend::Workplace::copy;
  arguments.output_directory = output_directory;
  if (list) arguments.list = std::exchange(arguments.common.report, {}).format;
  if (clear) arguments.earlier = BuildArguments::Earlier::removed;
  TRY(check_editable(arguments));
  if (!parser.words().empty()) {
    arguments.sources.assign(parser.words().begin(), parser.words().end());
  }
  if (parser.said_on_command_line("project-config-setting")) {
    TRY(check_projects(arguments.common.settings, arguments.sources));
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

// The one kind of artifact of a command; without one a wheel.
Result<ArtifactKind> only_kind(const KindOptions& kinds, const char* hint) {
  const frontend::Plan plan = kinds.plan();
  if (std::ranges::count(std::array{plan.sdist, plan.wheel, plan.editable}, true) > 1) {
    return fail(errc::usage, "--sdist, --wheel and --editable exclude each other", hint);
  }
  if (plan.sdist) return ArtifactKind::sdist;
  return plan.editable ? ArtifactKind::editable : ArtifactKind::wheel;
}

Result<Arguments> parse_metadata(std::span<const std::string> words, const OptionFiles& files) {
  OptionParser parser(Command::metadata, files);
  CommonOptions common;
  MetadataArguments arguments;
  parser.argument({.name = "SOURCE"});
  common.add_to(parser);
  TRY(const auto parsed, parser.parse(words));
  if (parsed == OptionParser::Parsed::help_wanted) return parser.help();
  TRY(arguments.common, common.arguments());
  TRY(arguments.source, only_source(Command::metadata, parser));
  if (parser.said_on_command_line("project-config-setting")) {
    TRY(check_projects(arguments.common.settings, {&arguments.source, 1}));
  }
  return arguments;
}

Result<Arguments> parse_requires(std::span<const std::string> words, const OptionFiles& files) {
  OptionParser parser(Command::requirements, files);
  KindOptions kinds;
  CommonOptions common;
  RequiresArguments arguments;
  parser.argument({.name = "SOURCE"});
  kinds.add_to(parser, "Requirements of (the wheel, unless you choose)");
  common.add_to(parser);
  TRY(const auto parsed, parser.parse(words));
  if (parsed == OptionParser::Parsed::help_wanted) return parser.help();
  TRY(arguments.common, common.arguments());
  TRY(arguments.source, only_source(Command::requirements, parser));
  if (parser.said_on_command_line("project-config-setting")) {
    TRY(check_projects(arguments.common.settings, {&arguments.source, 1}));
  }
  TRY(arguments.kind, only_kind(kinds, "axle requires answers for one of them"));
  return arguments;
}

Result<Arguments> parse_hook(std::span<const std::string> words, const OptionFiles& files) {
  OptionParser parser(Command::hook, files);
  CommonOptions common;
  HookArguments arguments;
  std::string kwargs;
  std::string output_directory;
  parser.argument({.name = "SOURCE"});
  parser.argument({.name = "HOOK", .choices = {hook_names().begin(), hook_names().end()}});
  constexpr auto here = Standing::command_line;
  const char* description = "Arguments of the hook, as a JSON object";
  parser.option("The call", "--kwargs", "JSON", kwargs, description, {}, here);
  parser.option("The call",
                "-o,--outdir",
                "DIR",
                output_directory,
                "Its directory for output (SOURCE/dist)",
                {},
                Standing::project);
  common.add_to(parser);
  TRY(const auto parsed, parser.parse(words));
  if (parsed == OptionParser::Parsed::help_wanted) return parser.help();
  TRY(arguments.common, common.arguments());
  if (parser.words().size() != 2) {
    return fail(
        errc::usage, "axle hook takes a SOURCE and a HOOK", "for example: axle hook . build_wheel");
  }
  arguments.source = parser.words()[0];
  if (parser.said_on_command_line("project-config-setting")) {
    TRY(check_projects(arguments.common.settings, {&arguments.source, 1}));
  }
  arguments.hook = parser.words()[1];
  const auto known = hook_names();
  if (std::ranges::find(known, arguments.hook) == known.end()) {
    return fail(
        errc::usage,
        fmt::format("there is no hook \"{}\"", arguments.hook),
        did_you_mean(arguments.hook, known, fmt::format("one of {}", fmt::join(known, ", "))));
  }
  if (!kwargs.empty()) {
    auto object = json_object(kwargs);
    if (!object) return fail(errc::usage, "--kwargs: " + object.error().message);
    arguments.kwargs = *object;
  }
  arguments.output_directory = output_directory;
  return arguments;
}

// What a command is to do: one of `actions`, in the order of the enumeration.
template <class Action>
Result<Action> action(Command command,
                      std::string_view word,
                      std::span<const std::string_view> actions) {
  const auto found = std::ranges::find(actions, word);
  if (found != actions.end()) return static_cast<Action>(found - actions.begin());
  return fail(errc::usage,
              word.empty() ? fmt::format("axle {} needs to be told what to do", to_string(command))
                           : fmt::format("axle {} cannot \"{}\"", to_string(command), word),
              did_you_mean(word, actions, fmt::format("one of {}", fmt::join(actions, ", "))));
}

Result<Arguments> parse_env(std::span<const std::string> words, const OptionFiles& files) {
  using Action = EnvArguments::Action;
  constexpr std::array<std::string_view, 4> actions{"list", "path", "prune", "clear"};
  OptionParser parser(Command::env, files);
  KindOptions kinds;
  CommonOptions common;
  EnvArguments arguments;
  std::string older_than;
  parser.argument({.name = "ACTION", .choices = {actions.begin(), actions.end()}});
  parser.argument({.name = "SOURCE"});
  constexpr auto here = Standing::command_line;
  FormatOption format;
  parser.flag("list", "--json", arguments.json, "A JSON list", here);
  format.add_to(parser, "list", "a JSON list", here);
  parser.option(
      "path", "--key", "PREFIX", arguments.key, "That of a key, as list prints it", {}, here);
  kinds.add_to(parser, "path: the environment that builds (a wheel, unless you choose)");
  parser.option("prune",
                "--older-than",
                "TIME",
                older_than,
                "Unused for this time (30d); also 12h, 90m",
                {},
                here);
  common.add_to(parser);
  TRY(const auto parsed, parser.parse(words));
  if (parsed == OptionParser::Parsed::help_wanted) return parser.help();
  TRY(arguments.common, common.arguments());
  const auto& said = parser.words();
  TRY(arguments.action, action<Action>(Command::env, said.empty() ? "" : said[0], actions));
  const bool chooses = !arguments.key.empty() || said.size() > 1;
  TRY(arguments.kind, only_kind(kinds, "an environment is for one of them"));
  const auto belongs = [&](bool given, Action action, std::string_view what) -> Result<> {
    if (!given || arguments.action == action) return {};
    return fail(
        errc::usage, fmt::format("axle env {} takes no {}", said[0], what), see_help(Command::env));
  };
  TRY(const auto wanted, format.format());
  arguments.json = arguments.json || wanted == Format::json;
  TRY(belongs(arguments.json, Action::list, "--json"));
  TRY(belongs(!arguments.key.empty(), Action::path, "--key"));
  TRY(belongs(chooses, Action::path, "SOURCE"));
  TRY(belongs(arguments.kind != ArtifactKind::wheel, Action::path, "kind of artifact"));
  TRY(belongs(!older_than.empty(), Action::prune, "--older-than"));
  if (said.size() > 2 || (said.size() == 2 && !arguments.key.empty())) {
    return fail(errc::usage, "axle env path takes one SOURCE or --key", see_help(Command::env));
  }
  if (said.size() == 2) arguments.source = said[1];
  if (!older_than.empty()) {
    TRY(arguments.older_than, parse_duration(older_than));
  }
  return arguments;
}

Result<Arguments> parse_daemon(std::span<const std::string> words, const OptionFiles& files) {
  constexpr std::array<std::string_view, 5> actions{"start", "stop", "status", "logs", "run"};
  OptionParser parser(Command::daemon, files);
  DaemonArguments arguments;
  std::string idle;
  parser.argument({.name = "ACTION", .choices = {actions.begin(), actions.end()}});
  constexpr auto here = Standing::command_line;
  FormatOption format;
  parser.flag("status", "--json", arguments.json, "A JSON list", here);
  format.add_to(parser, "status", "a JSON list", here);
  parser.option("run", "--idle-exit", "TIME", idle, "Leave when idle for so long (10m)", {}, here);
  parser.flag("run", "--background", arguments.in_background, "Return when it listens", here);
  TRY(const auto parsed, parser.parse(words));
  if (parsed == OptionParser::Parsed::help_wanted) return parser.help();
  TRY(const auto wanted, format.format());
  arguments.json = arguments.json || wanted == Format::json;
  const auto& said = parser.words();
  if (said.size() > 1) {
    return fail(errc::usage,
                fmt::format("axle daemon takes one ACTION; \"{}\" is one too many", said[1]),
                see_help(Command::daemon));
  }
  TRY(arguments.action,
      action<DaemonArguments::Action>(Command::daemon, said.empty() ? "status" : said[0], actions));
  if (!idle.empty()) {
    TRY(arguments.idle, parse_duration(idle));
  }
  return arguments;
}

Result<Arguments> parse_doctor(std::span<const std::string> words, const OptionFiles& files) {
  OptionParser parser(Command::doctor, files);
  CommonOptions common;
  DoctorArguments arguments;
  parser.argument({.name = "SOURCE"});
  parser.flag("Output", "--json", arguments.json, "As JSON", Standing::command_line);
  common.add_to(parser);
  TRY(const auto parsed, parser.parse(words));
  if (parsed == OptionParser::Parsed::help_wanted) return parser.help();
  TRY(arguments.common, common.arguments());
  if (!parser.words().empty()) {
    TRY(arguments.source, only_source(Command::doctor, parser));
  }
  return arguments;
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

}  // namespace axle::cli
