#include "cli/setting_arguments.hpp"

#include "cli/option_parser.hpp"
#include "frontend/core_metadata.hpp"
#include "frontend/file_name.hpp"
#include "frontend/project_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace axle::cli {
namespace {

using frontend::ConfigSettings;
using std::filesystem::path;

constexpr std::array<std::string_view, 8> names{
    "build_wheel",
    "build_sdist",
    "build_editable",
    "get_requires_for_build_wheel",
    "get_requires_for_build_sdist",
    "get_requires_for_build_editable",
    "prepare_metadata_for_build_wheel",
    "prepare_metadata_for_build_editable",
};

struct Scoped {
  std::string whose;
  std::string setting;
};

Result<Scoped> split(const std::string& argument, std::string_view option, std::string_view what) {
  const std::size_t colon = argument.find(':');
  if (colon == std::string::npos || colon == 0) {
    return fail(errc::usage,
                fmt::format("{} \"{}\" does not begin with a {} and a colon",
                            option,
                            argument,
                            what == "HOOK" ? "hook" : "project's name"),
                fmt::format("write {} {}:KEY=VALUE", option, what));
  }
  return Scoped{argument.substr(0, colon), argument.substr(colon + 1)};
}

Result<Scoped> split_hook(const std::string& argument) {
  TRY(auto scoped, split(argument, "--hook-config-setting", "HOOK"));
  if (std::ranges::find(names, scoped.whose) != names.end()) return scoped;
  return fail(errc::usage,
              fmt::format("--hook-config-setting: there is no hook \"{}\"", scoped.whose),
              did_you_mean(scoped.whose, names, fmt::format("one of {}", fmt::join(names, ", "))));
}

Result<Scoped> split_project(const std::string& argument) {
  return split(argument, "--project-config-setting", "NAME");
}

// The settings of each hook or project, in the order of their first.
using Grouped = std::vector<std::pair<std::string, std::vector<std::string>>>;

void put_into(Grouped& groups, Scoped scoped) {
  auto group = std::ranges::find(groups, scoped.whose, [](const auto& one) { return one.first; });
  if (group == groups.end()) group = groups.insert(group, {scoped.whose, {}});
  group->second.push_back(std::move(scoped.setting));
}

// The project's own names, normalised.
std::vector<std::string> names_of_project(const path& source) {
  std::error_code error;
  const path place = std::filesystem::canonical(source, error);
  const std::string file = error ? source.filename().string() : place.filename().string();
  std::vector<std::string> own = {frontend::normalized_name(file)};
  if (const auto stem = frontend::sdist_stem(file)) {
    // The version begins behind the last hyphen that a digit follows.
    for (std::size_t hyphen = stem->rfind('-'); hyphen != 0 && hyphen != stem->npos;
         hyphen = stem->rfind('-', hyphen - 1)) {
      own.push_back(frontend::normalized_name(stem->substr(0, hyphen)));
    }
  } else if (const auto said = frontend::read_project_table(place); !said.name.empty()) {
    own.push_back(frontend::normalized_name(said.name));
  }
  return own;
}

bool is_one_of(const std::vector<std::string>& own, const std::string& name) {
  return std::ranges::find(own, frontend::normalized_name(name)) != own.end();
}

}  // namespace

std::span<const std::string_view> hook_names() {
  return names;
}

Result<> check(const SettingArguments& arguments) {
  if (!arguments.each.empty() && !arguments.json.empty()) {
    return fail(errc::usage, "--config-setting and --config-json exclude each other");
  }
  TRY(auto settings, settings_for({arguments.each, arguments.json, arguments.of_hooks}, {}));
  for (const std::string& argument : arguments.of_projects) {
    TRY(const auto scoped, split_project(argument));
    const std::vector<std::string> one = {scoped.setting};
    TRY(const auto readable, ConfigSettings::from_arguments(one));
  }
  return {};
}

Result<ConfigSettings> settings_for(const SettingArguments& arguments, const path& source) {
  ConfigSettings settings;
  if (arguments.json.empty()) {
    TRY(settings, ConfigSettings::from_arguments(arguments.each));
  } else {
    auto given = ConfigSettings::from_json(arguments.json);
    if (!given) {
      given.error().message = "--config-json: " + given.error().message;
      return given;
    }
    settings = *std::move(given);
  }
  if (!arguments.of_projects.empty()) {
    const auto own = names_of_project(source);
    std::vector<std::string> words;
    for (const std::string& argument : arguments.of_projects) {
      TRY(auto scoped, split_project(argument));
      if (is_one_of(own, scoped.whose)) words.push_back(std::move(scoped.setting));
    }
    TRY(const auto of_project, ConfigSettings::from_arguments(words));
    settings.lay_over(of_project);
  }
  Grouped hooks;
  for (const std::string& argument : arguments.of_hooks) {
    TRY(auto scoped, split_hook(argument));
    put_into(hooks, std::move(scoped));
  }
  for (const auto& [hook, words] : hooks) {
    TRY(const auto of_hook, ConfigSettings::from_arguments(words));
    settings.lay_over_hook(hook, of_hook);
  }
  return settings;
}

Result<> check_projects(const SettingArguments& arguments, std::span<const path> sources) {
  if (arguments.of_projects.empty()) return {};
  std::vector<std::vector<std::string>> projects;
  std::ranges::transform(sources, std::back_inserter(projects), names_of_project);
  for (const std::string& argument : arguments.of_projects) {
    TRY(const auto scoped, split_project(argument));
    const bool found = std::ranges::any_of(
        projects, [&](const auto& own) { return is_one_of(own, scoped.whose); });
    if (found) continue;
    std::vector<std::string_view> known;
    for (const auto& own : projects) known.push_back(own.back());
    return fail(
        errc::usage,
        fmt::format("--project-config-setting: no project here is \"{}\"", scoped.whose),
        did_you_mean(
            scoped.whose,
            known,
            fmt::format("there {} {}", known.size() == 1 ? "is" : "are", fmt::join(known, ", "))));
  }
  return {};
}

}  // namespace axle::cli
