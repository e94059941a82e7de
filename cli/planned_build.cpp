#include "cli/planned_build.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <system_error>
#include <utility>

namespace axle::cli {
namespace {

using std::filesystem::path;

// What each source is called beside others: the name of its folder or sdist; where that is not its
// own, the source as it was given.
std::vector<std::string> names_of(const std::vector<path>& sources) {
  std::vector<std::string> names;
  for (const path& source : sources) {
    const path name = whole_path(source).filename();
    names.push_back(name.empty() ? source.string() : name.string());
  }
  const std::vector<std::string> short_names = names;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::ranges::count(short_names, short_names[i]) > 1) names[i] = sources[i].string();
    // One that is built twice.
    const auto before = std::ranges::count(std::span(sources).first(i), sources[i]);
    if (before > 0) names[i] += fmt::format(" ({})", before + 1);
  }
  return names;
}

std::vector<std::string> pythons_for(const BuildArguments& arguments) {
  const auto& asked = arguments.common.pythons;
  if (asked.empty()) return {arguments.common.options.python};
  const frontend::Plan& plan = arguments.plan;
  if (plan.sdist && !plan.wheel) return {asked.front()};
  return asked;
}

bool is_default(const frontend::Plan& plan) {
  return !plan.sdist && !plan.wheel && !plan.editable;
}

}  // namespace

path whole_path(const path& source) {
  std::error_code error;
  path whole = std::filesystem::absolute(source, error).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();  // of "demo/"
  return error ? source : whole;
}

std::vector<PlannedBuild> planned_builds(const BuildArguments& arguments) {
  std::vector<PlannedBuild> builds;
  const auto names = names_of(arguments.sources);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const path& source = arguments.sources[i];
    const OwnArguments own = arguments.own.empty() ? nullptr : arguments.own[i];
    if (own && !*own) {
      builds.push_back({source, names[i], source.string(), std::unexpected(own->error())});
      continue;
    }
    const BuildArguments& counting = own ? **own : arguments;
    const auto pythons = pythons_for(counting);
    std::error_code ignored;
    const bool shares_sdist = pythons.size() > 1 && is_default(counting.plan) &&
                              std::filesystem::is_directory(source, ignored);
    const auto siblings =
        pythons.size() > 1 ? std::make_shared<SiblingBuilds>(pythons.size()) : nullptr;
    for (const std::string& python : pythons) {
      PlannedBuild build{.source = source,
                         .name = names[i],
                         .title = source.string(),
                         .arguments = &counting,
                         .python = python,
                         .plan = counting.plan,
                         .siblings = siblings,
                         .shares_sdist = shares_sdist};
      if (siblings) {
        build.name += fmt::format(" [{}]", python);
        build.title += fmt::format(" [{}]", python);
      }
      if (counting.common.options.kept) build.kept = std::make_shared<frontend::KeptFolders>();
      build.number = static_cast<std::size_t>(&python - pythons.data());
      if (build.number > 0) build.plan.sdist = false;
      builds.push_back(std::move(build));
    }
  }
  return builds;
}

}  // namespace axle::cli
