#include "cli/common_options.hpp"

#include "cli/quantity.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
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

template <class Value>
using Choices = std::array<std::pair<std::string_view, Value>, 3>;

constexpr Choices<ColorChoice> colors{{{"auto", ColorChoice::automatic},
                                       {"always", ColorChoice::always},
                                       {"never", ColorChoice::never}}};
constexpr Choices<InstallerChoice> installers{{{"auto", InstallerChoice::automatic},
                                               {"uv", InstallerChoice::uv},
                                               {"pip", InstallerChoice::pip}}};
constexpr Choices<HookIsolation> hook_isolations{{{"forked", HookIsolation::forked},
                                                  {"inline", HookIsolation::in_line},
                                                  {"fresh", HookIsolation::fresh}}};

template <class Value>
std::vector<std::string> names_of(const Choices<Value>& choices) {
  std::vector<std::string> names;
  for (const auto& [name, value] : choices) names.emplace_back(name);
  return names;
}

// The value that `word` names, or an error that lists those there are.
template <class Value>
Result<Value> choice(std::string_view option,
                     std::string_view word,
                     const Choices<Value>& choices) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : choices) {
    if (name == word) return value;
    names.push_back(name);
  }
  return fail(errc::usage,
              fmt::format("{} cannot be \"{}\"", option, word),
              did_you_mean(word, names, fmt::format("one of {}", fmt::join(names, ", "))));
}

/// How old a cached environment may be: what AXLE_ENVIRONMENT_MAX_AGE says, where it is set.
Result<std::chrono::milliseconds> max_age(std::chrono::milliseconds otherwise) {
  constexpr const char* variable = "AXLE_ENVIRONMENT_MAX_AGE";
  const char* value = std::getenv(variable);
  if (value == nullptr || value[0] == '\0') return otherwise;
  if (std::string_view(value) == "0") return std::chrono::milliseconds(0);
  auto age = parse_duration(value);
  if (!age) age.error().message = fmt::format("{}: {}", variable, age.error().message);
  return age;
}

}  // namespace

void CommonOptions::add_to(OptionParser& parser) {
  parser.flag(
      environment, "-n,--no-isolation", no_isolation_, "Use the requirements that are installed");
  parser.option(
      environment, "--python", "PATH", python_, "The interpreter: a path or name (python3)");
  parser.flag(environment, "--refresh", refresh_, "Resolve and install requirements anew, now");
  parser.flag(environment, "--offline", offline_, "Fetch nothing: use what is here");
  parser.option(environment,
                "--installer",
                "NAME",
                installer_,
                "auto (uv, else pip), uv or pip",
                names_of(installers));
  parser.repeated(backend,
                  "-C,--config-setting",
                  "KEY[=VALUE]",
                  settings_.each,
                  "Tell the backend; again for a list");
  parser.option(backend, "--config-json", "OBJECT", settings_.json, "The same as a JSON object");
  parser.repeated(backend,
                  "--hook-config-setting",
                  "HOOK:KEY[=VALUE]",
                  settings_.of_hooks,
                  "Tell one hook only");
  parser.repeated(backend,
                  "--project-config-setting",
                  "NAME:KEY[=VALUE]",
                  settings_.of_projects,
                  "Tell one project's only");
  parser.option(
      backend, "--timeout", "SECONDS", timeout_, "Stop a hook after this; also 90s, 5m, 1h");
  parser.option(backend,
                "--idle-timeout",
                "SECONDS",
                idle_timeout_,
                "Stop a hook that prints nothing for so long");
  parser.option(backend,
                "--hook-isolation",
                "MODE",
                hook_isolation_,
                "forked (default), inline or fresh",
                names_of(hook_isolations));
  parser.flag(backend, "--daemon", daemon_, "Use warm backends of the daemon, also in CI");
  parser.flag(backend, "--no-daemon", no_daemon_, "Start every backend anew");
  parser.count(general, "-v,--verbose", verbose_, "Show the backend's output; -vv: timings");
  parser.count(general, "-q,--quiet", quiet_, "Show errors only; -qq: in brief");
  parser.option(general, "--trace", "FILE", trace_, "Write a timeline, for Perfetto");
  parser.option(general, "--color", "WHEN", color_, "auto, always or never", names_of(colors));
}

Result<CommonArguments> CommonOptions::arguments() const {
  CommonArguments common;
  if (verbose_ > 0 && quiet_ > 0) {
    return fail(errc::usage, "--verbose and --quiet exclude each other");
  }
  common.verbosity = static_cast<Verbosity>(std::min(verbose_, 2) - std::min(quiet_, 2));
  if (daemon_ && no_daemon_) {
    return fail(errc::usage, "--daemon and --no-daemon exclude each other");
  }
  if (daemon_) common.daemon = DaemonUse::yes;
  if (no_daemon_) common.daemon = DaemonUse::no;
  if (no_isolation_ && !installer_.empty()) {
    return fail(errc::usage,
                "--installer and --no-isolation exclude each other",
                "without isolation nothing is installed");
  }
  if (no_isolation_ && (refresh_ || offline_)) {
    return fail(errc::usage,
                fmt::format("{} and --no-isolation exclude each other",
                            refresh_ ? "--refresh" : "--offline"),
                "without isolation nothing is installed");
  }
  if (refresh_ && offline_) {
    return fail(errc::usage,
                "--refresh and --offline exclude each other",
                "anew means: from the index, as it is now");
  }
  TRY(common.color, choice("--color", color_, colors));
  frontend::BuildOptions& options = common.options;
  options.isolation = no_isolation_ ? Isolation::none : Isolation::isolated;
  TRY(options.installer,
      choice("--installer", installer_.empty() ? "auto" : installer_, installers));
  TRY(options.hook_isolation, choice("--hook-isolation", hook_isolation_, hook_isolations));
  if (refresh_) options.environments_since = std::chrono::system_clock::now();
  if (offline_) options.network = Network::none;
  TRY(options.environment_max_age, max_age(options.environment_max_age));
  if (!python_.empty()) options.python = python_;
  if (!timeout_.empty()) {
    TRY(options.hook_timeout, parse_duration(timeout_));
  }
  if (!idle_timeout_.empty()) {
    TRY(options.hook_idle_timeout, parse_duration(idle_timeout_));
  }
  common.trace = trace_;
  TRY(check(settings_));
  common.settings = settings_;
  return common;
}

void KindOptions::add_to(OptionParser& parser, const char* group) {
  parser.flag(group, "-s,--sdist", plan_.sdist, "An sdist");
  parser.flag(group, "-w,--wheel", plan_.wheel, "A wheel, straight from the source tree");
  parser.flag(group, "-e,--editable", plan_.editable, "An editable wheel (PEP 660)");
}

}  // namespace axle::cli
