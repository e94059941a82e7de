#include "cli/report_json.hpp"

#include "cli/error_json.hpp"
#include "ipc/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

namespace axle::cli {
namespace {

using ipc::json_integer;
using ipc::json_string;
using ipc::JsonObject;
using ipc::JsonText;
using Clock = std::chrono::steady_clock;

// Paths are bytes; see "Text and bytes" in schemas/README.md.
JsonText path(const std::filesystem::path& of) {
  return json_string(of.native());
}

JsonText number(const std::optional<int>& known) {
  return known ? json_integer(*known) : JsonText{};
}

template <class T, class ToJson>
JsonText list(const std::vector<T>& elements, ToJson to_json) {
  std::vector<JsonText> all;
  for (const T& element : elements) all.push_back(to_json(element));
  return ipc::json_list(all);
}

JsonText texts(const std::vector<std::string>& foreign) {
  return list(foreign, json_of_text);
}

std::string_view to_string(HookReport::Outcome outcome) {
  using Outcome = HookReport::Outcome;
  switch (outcome) {
    case Outcome::unfinished: return "unfinished";
    case Outcome::returned: return "returned";
    case Outcome::failed: return "failed";
    case Outcome::missing: return "missing";
    case Outcome::unsupported: return "unsupported";
    case Outcome::timed_out: return "timed_out";
    case Outcome::cancelled: return "cancelled";
    case Outcome::backend_gone: return "backend_gone";
  }
  return "failed";
}

std::string_view to_string(frontend::EnvironmentUse::Origin origin) {
  using Origin = frontend::EnvironmentUse::Origin;
  switch (origin) {
    case Origin::kept: return "kept";
    case Origin::made: return "made";
    case Origin::temporary: return "temporary";
    case Origin::own: return "own";
  }
  return "own";
}

std::chrono::milliseconds between(Clock::time_point from, Clock::time_point to) {
  return std::max(std::chrono::milliseconds(0),
                  std::chrono::duration_cast<std::chrono::milliseconds>(to - from));
}

JsonText json_of(const frontend::InstalledPackage& package) {
  return JsonObject()
      .add("name", json_of_text(package.name))
      .add("version", json_of_text(package.version))
      .add("direct", ipc::json_bool(package.is_direct))
      .text();
}

JsonText json_of(const frontend::KeptFolders& kept) {
  return list(kept.all(), [](const auto& each) {
    return JsonObject().add("what", json_of_text(each.what)).add("path", path(each.folder)).text();
  });
}

JsonText json_of(const frontend::Interpreter& interpreter) {
  return JsonObject()
      .add("path", path(interpreter.executable))
      .add("version", json_of_text(interpreter.version))
      .add("implementation", json_of_text(interpreter.implementation))
      .add("platform", json_of_text(interpreter.platform))
      .text();
}

JsonText json_of(const frontend::BackendUse& backend) {
  return JsonObject()
      .add("name", json_of_text(backend.name))
      .add("hook_isolation", json_of_text(backend.hook_isolation))
      .add("pid", json_integer(backend.pid))
      .text();
}

}  // namespace

std::string_view name_of(ProjectReport::Outcome outcome) {
  using Outcome = ProjectReport::Outcome;
  switch (outcome) {
    case Outcome::unfinished: return "unfinished";
    case Outcome::built: return "built";
    case Outcome::done: return "done";
    case Outcome::failed: return "failed";
    case Outcome::cancelled: return "cancelled";
    case Outcome::not_begun: return "not_begun";
  }
  return "failed";
}

JsonText json_of(const HookReport& hook, Clock::time_point origin) {
  return JsonObject()
      .add("hook", json_of_text(hook.hook))
      .add("outcome", json_string(to_string(hook.outcome)))
      .add("begun_s", json_seconds(between(origin, hook.begin)))
      .add("elapsed_s", json_seconds(hook.elapsed))
      .add("pid", number(hook.pid))
      .add("backend_pid", number(hook.backend_pid))
      .add("exit_code", number(hook.exit_code))
      .add("signal", number(hook.signal))
      .text();
}

JsonText json_of(const EnvironmentReport& environment) {
  return JsonObject()
      .add("origin", json_string(to_string(environment.origin)))
      .add("path", path(environment.path))
      .add("requirements", texts(environment.requirements))
      .add("resolved",
           environment.resolved
               ? list(*environment.resolved, [](const auto& package) { return json_of(package); })
               : JsonText{})
      .text();
}

JsonText json_of(const ArtifactReport& report) {
  const frontend::Artifact& artifact = report.artifact;
  JsonObject hashes;
  if (!report.sha256.empty()) hashes.add("sha256", json_string(report.sha256));
  return JsonObject()
      .add("kind", json_string(frontend::to_string(artifact.kind)))
      .add("path", path(artifact.path))
      .add("name", json_of_text(artifact.name))
      .add("version", json_of_text(artifact.version))
      .add("size", ipc::json_unsigned(artifact.size))
      .add("hashes", hashes.text())
      .text();
}

JsonText json_of(const ProjectReport& project, Clock::time_point origin) {
  const auto hook_json = [&](const HookReport& hook) { return json_of(hook, origin); };
  const ArtifactReport* first = project.artifacts.empty() ? nullptr : &project.artifacts.front();
  return JsonObject()
      .add("source", path(project.source))
      .add("name", first != nullptr ? json_of_text(first->artifact.name) : JsonText{})
      .add("version", first != nullptr ? json_of_text(first->artifact.version) : JsonText{})
      .add("outcome", json_string(name_of(project.outcome)))
      .add("begun_s", project.begin ? json_seconds(between(origin, *project.begin)) : JsonText{})
      .add("elapsed_s", json_seconds(project.elapsed))
      .add("error", project.error ? json_of(*project.error) : JsonText{})
      .add("artifacts",
           list(project.artifacts, [](const auto& artifact) { return json_of(artifact); }))
      .add("interpreter", project.interpreter ? json_of(*project.interpreter) : JsonText{})
      .add("environments",
           list(project.environments, [](const auto& each) { return json_of(each); }))
      .add("backend", project.backend ? json_of(*project.backend) : JsonText{})
      .add("config_settings", texts(project.config_settings))
      .add("hooks", list(project.hooks, hook_json))
      .add("notices", texts(project.notices))
      .add("kept",
           project.kept ? json_of(*project.kept) : ipc::json_list(std::span<const JsonText>()))
      .text();
}

JsonText json_seconds(std::chrono::milliseconds span) {
  return ipc::json::seconds(span);
}

JsonText json_time(std::chrono::system_clock::time_point time) {
  const auto whole = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(whole);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(whole - day);
  return json_string(fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                                 static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()),
                                 static_cast<unsigned>(date.day()),
                                 clock.hours().count(),
                                 clock.minutes().count(),
                                 clock.seconds().count(),
                                 clock.subseconds().count()));
}

}  // namespace axle::cli
