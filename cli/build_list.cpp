#include "cli/build_list.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace axle::cli {
namespace {

ipc::JsonText known(const std::string& text) {
  return text.empty() ? ipc::JsonText{} : ipc::json_string(text);
}

}  // namespace

std::vector<std::string_view> kinds_of(const frontend::Plan& plan, bool is_sdist) {
  std::vector<std::string_view> kinds;
  const bool nothing_chosen = !plan.sdist && !plan.wheel && !plan.editable;
  if (plan.sdist || (nothing_chosen && !is_sdist)) kinds.emplace_back("sdist");
  if (plan.wheel || nothing_chosen) kinds.emplace_back("wheel");
  if (plan.editable) kinds.emplace_back("editable");
  return kinds;
}

std::string text_of(const ListedBuild& build) {
  const auto& facts = build.facts;
  std::string text = build.source.string();
  if (!facts.name.empty()) text += ": " + facts.name;
  if (!facts.version.empty()) text += " " + facts.version;
  text += fmt::format("\n  {} into {}\n  by {} with Python {} ({})\n",
                      fmt::join(build.kinds, " and "),
                      build.output_directory.string(),
                      facts.backend,
                      build.interpreter.version,
                      build.interpreter.executable.string());
  if (!facts.requirements.empty()) {
    text += fmt::format("  requires {}\n", fmt::join(facts.requirements, ", "));
  }
  return text;
}

ipc::JsonText json_of(const ListedBuild& build) {
  std::vector<ipc::JsonText> kinds;
  for (const auto kind : build.kinds) kinds.push_back(ipc::json_string(kind));
  ipc::JsonObject interpreter;
  interpreter.add("path", ipc::json_string(build.interpreter.executable.native()))
      .add("version", ipc::json_string(build.interpreter.version));
  ipc::JsonObject object;
  object.add("source", ipc::json_string(build.source.native()))
      .add("name", known(build.facts.name))
      .add("version", known(build.facts.version))
      .add("kinds", ipc::json_list(kinds))
      .add("output_directory", ipc::json_string(build.output_directory.native()))
      .add("backend", ipc::json_string(build.facts.backend))
      .add("requirements", ipc::json_strings(build.facts.requirements))
      .add("interpreter", interpreter.text());
  return object.text();
}

}  // namespace axle::cli
