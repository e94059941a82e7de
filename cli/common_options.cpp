#include "cli/common_options.hpp"

#include "cli/quantity.hpp"
#include "frontend/environment_directory.hpp"
#include "frontend/kept_folders.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace axle::cli {
namespace {

using frontend::HookIsolation;
using frontend::InstallerChoice;
using frontend::Isolation;
using frontend::Network;

constexpr const char* environment = "Environment";
constexpr const char* backend = "Build backend";
constexpr const char* general = "General";

template <class Value, std::size_t count = 3>
using Choices = std::array<std::pair<std::string_view, Value>, count>;

constexpr Choices<ColorChoice> colors{{{"auto", ColorChoice::automatic},
                                       {"always", ColorChoice::always},
                                       {"never", ColorChoice::never}}};
constexpr Choices<InstallerChoice> installers{{{"auto", InstallerChoice::automatic},
                                               {"uv", InstallerChoice::uv},
                                               {"pip", InstallerChoice::pip}}};
constexpr Choices<HookIsolation> hook_isolations{{{"forked", HookIsolation::forked},
                                                  {"inline", HookIsolation::in_line},
                                                  {"fresh", HookIsolation::fresh}}};
constexpr Choices<std::optional<CiService>, 5> ci_services{{{"auto", std::nullopt},
                                                            {"github", CiService::github},
                                                            {"gitlab", CiService::gitlab},
                                                            {"generic", CiService::generic},
                                                            {"none", CiService::none}}};

template <class Value, std::size_t count>
std::vector<std::string> names_of(const Choices<Value, count>& choices) {
  std::vector<std::string> names;
  for (const auto& [name, value] : choices) names.emplace_back(name);
  return names;
}

// The value that `word` names, or an error that lists those there are.
template <class Value, std::size_t count>
Result<Value> choice(std::string_view option,
                     std::string_view word,
                     const Choices<Value, count>& choices) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : choices) {
    if (name == word) return value;
    names.push_back(name);
  }
  return fail(errc::usage,
              fmt::format("{} cannot be \"{}\"", option, word),
              did_you_mean(word, names, fmt::format("one of {}", fmt::join(names, ", "))));
}

}  // namespace

void CommonOptions::add_to(OptionParser& parser) {
  parser_ = &parser;
  parser.flag(
      environment, "-n,--no-isolation", no_isolation_, "Use the requirements that are installed");
  parser.flag(environment,
              "-x,--skip-dependency-check",
              skip_dependency_check_,
              "Do not look first whether they are");
  parser.repeated(environment,
                  "-p,--python",
                  "PATH",
                  pythons_,
                  interpreters_ == Interpreters::several
                      ? "A path, a name, 3.12, '>=3'; also several"
                      : "A path, a name (python3), 3.12 or '>=3.11'");
  parser.flag(environment,
              "--ignore-requires-python",
              ignore_requires_python_,
              "Whatever Python the project wants");
  parser.flag(environment, "--refresh", refresh_, "Resolve and install requirements anew, now");
  parser.flag(environment, "--offline", offline_, "Fetch nothing: use what is here");
  parser.option(environment,
                "--installer",
                "NAME",
                installer_,
                "auto (uv, else pip), uv or pip",
                names_of(installers));
  parser.option(environment,
                "--environment-max-age",
                "TIME",
                max_age_,
                "Make kept environments anew after this (24h)");
  parser.option(environment, "--env-dir", "DIR", env_dir_, "Make it in this folder, and leave it");
  packages_.add_to(parser);
  parser.repeated(backend,
                  "-C,--config-setting",
                  "KEY[=VALUE]",
                  settings_.each,
                  "Tell the backend; again for a list",
                  Standing::project);
  parser.option(backend,
                "--config-json",
                "OBJECT",
                settings_.json,
                "The same as a JSON object",
                {},
                Standing::project);
  parser.repeated(backend,
                  "--hook-config-setting",
                  "HOOK:KEY[=VALUE]",
                  settings_.of_hooks,
                  "Tell one hook only",
                  Standing::project);
  parser.repeated(backend,
                  "--project-config-setting",
                  "NAME:KEY[=VALUE]",
                  settings_.of_projects,
                  "Tell one project's only");
  parser.option(backend,
                "--timeout",
                "SECONDS",
                timeout_,
                "Stop a hook after this; also 90s, 5m, 1h",
                {},
                Standing::project);
  parser.option(backend,
                "--idle-timeout",
                "SECONDS",
                idle_timeout_,
                "Stop a hook that prints nothing for so long",
                {},
                Standing::project);
  parser.option(backend,
                "--hook-isolation",
                "MODE",
                hook_isolation_,
                "forked (default), inline or fresh",
                names_of(hook_isolations));
  parser.flag(backend,
              "--no-litter",
              no_litter_,
              "Run hooks in a copy of the source tree",
              Standing::project);
  parser.flag(backend, "--keep", keep_, "Leave temporary folders, and say where");
  parser.flag(backend, "--daemon", daemon_, "Use warm backends of the daemon, also in CI");
  parser.flag(backend, "--no-daemon", no_daemon_, "Start every backend anew");
  parser.count(general, "-v,--verbose", verbose_, "Show the backend's output; -vv: timings");
  parser.count(general, "-q,--quiet", quiet_, "Show errors only; -qq: in brief");
  parser.option(general, "--trace", "FILE", trace_, "Write a timeline, for Perfetto");
  parser.option(general, "--color", "WHEN", color_, "auto, always or never", names_of(colors));
  parser.option(general,
                "--ci",
                "SERVICE",
                ci_,
                "auto, github, gitlab, generic or none",
                names_of(ci_services));
  parser.flag(general, "--no-config", no_config_, "Heed no axle.toml and no [tool.axle]");
  constexpr const char* nothing_installed = "without isolation nothing is installed";
  parser.exclude("verbose", "quiet");
  parser.exclude("daemon", "no-daemon");
  parser.exclude("installer", "no-isolation", nothing_installed);
  parser.exclude("refresh", "no-isolation", nothing_installed);
  parser.exclude("offline", "no-isolation", nothing_installed);
  parser.exclude("env-dir", "no-isolation", nothing_installed);
  parser.exclude("refresh", "env-dir", "remove the folder to have it made anew");
  parser.exclude("refresh", "offline", "anew means: from the index, as it is now");
  parser.exclude("config-setting", "config-json");
}

Result<CommonArguments> CommonOptions::arguments() const {
  CommonArguments common;
  common.verbosity = static_cast<Verbosity>(std::min(verbose_, 2) - std::min(quiet_, 2));
  if (daemon_) common.daemon = DaemonUse::yes;
  if (no_daemon_) common.daemon = DaemonUse::no;
  TRY(common.color, choice(parser_->origin("color"), color_, colors));
  TRY(common.ci, choice(parser_->origin("ci"), ci_, ci_services));
  frontend::BuildOptions& options = common.options;
  if (no_litter_) options.workplace = frontend::Workplace::copy;
  options.isolation = no_isolation_ ? Isolation::none : Isolation::isolated;
  TRY(options.installer,
      choice(parser_->origin("installer"), installer_.empty() ? "auto" : installer_, installers));
  TRY(options.hook_isolation,
      choice(parser_->origin("hook-isolation"), hook_isolation_, hook_isolations));
  if (!env_dir_.empty()) {
    options.environment_directory = std::make_shared<frontend::EnvironmentDirectory>(env_dir_);
  }
  if (keep_) options.kept = std::make_shared<frontend::KeptFolders>();
  if (refresh_) options.environments_since = std::chrono::system_clock::now();
  if (offline_) options.network = Network::none;
  TRY(const auto age, duration("environment-max-age", max_age_ == "0" ? std::string() : max_age_));
  options.environment_max_age =
      max_age_ == "0" ? std::chrono::milliseconds(0) : age.value_or(options.environment_max_age);
  TRY(put_pythons_into(common));
  TRY(options.installer_options, packages_.options(options.isolation));
  options.extra_requirements = packages_.extra_requirements();
  if (skip_dependency_check_) options.dependency_check = frontend::DependencyCheck::none;
  if (ignore_requires_python_) options.requires_python = frontend::RequiresPython::ignored;
  TRY(options.hook_timeout, duration("timeout", timeout_));
  TRY(options.hook_idle_timeout, duration("idle-timeout", idle_timeout_));
  common.trace = trace_;
  TRY(check(settings_));
  common.settings = settings_;
  common.no_config = no_config_;
  return common;
}

Result<> CommonOptions::put_pythons_into(CommonArguments& common) const {
  for (const std::string& python : pythons_) {
    if (std::ranges::find(common.pythons, python) == common.pythons.end()) {
      common.pythons.push_back(python);
    }
  }
  if (common.pythons.empty()) return {};
  common.options.python = common.pythons.front();
  if (common.pythons.size() < 2 || interpreters_ == Interpreters::several) return {};
  if (parser_->said_on_command_line("python")) {
    return fail(errc::usage, "only axle build takes several interpreters", "say --python once");
  }
  common.pythons.resize(1);
  return {};
}

Result<std::optional<std::chrono::milliseconds>> CommonOptions::duration(
    std::string_view name, const std::string& text) const {
  if (text.empty()) return std::nullopt;
  TRY(const auto span, parser_->checked(name, parse_duration(text)));
  return span;
}

Result<> CommonOptions::check_projects(std::span<const std::filesystem::path> sources) const {
  if (!parser_->said_on_command_line("project-config-setting")) return {};
  return cli::check_projects(settings_, sources);
}

}  // namespace axle::cli
