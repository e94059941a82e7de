#include "cli/project_report.hpp"

#include "frontend/digest.hpp"
#include "frontend/environment.hpp"
#include "ipc/json.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

namespace axle::cli {
namespace {

using frontend::Activity;
using Clock = std::chrono::steady_clock;
using HookOutcome = HookReport::Outcome;

std::chrono::milliseconds elapsed_since(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
}

HookOutcome outcome_of(const ipc::HookFailure& failure) {
  if (failure.missing) return HookOutcome::missing;
  if (failure.unsupported) return HookOutcome::unsupported;
  if (failure.timed_out) return HookOutcome::timed_out;
  if (!failure.cancelled.empty()) return HookOutcome::cancelled;
  return HookOutcome::failed;
}

HookOutcome outcome_of(const Error& error) {
  if (error.code == errc::timed_out) return HookOutcome::timed_out;
  if (error.code == errc::cancelled) return HookOutcome::cancelled;
  if (error.code == errc::backend_gone) return HookOutcome::backend_gone;
  return error.hook_failure ? outcome_of(*error.hook_failure) : HookOutcome::failed;
}

ProjectReport::Outcome outcome_of(frontend::BatchOutcome::Kind kind) {
  using Kind = frontend::BatchOutcome::Kind;
  switch (kind) {
    case Kind::built: return ProjectReport::Outcome::built;
    case Kind::failed: return ProjectReport::Outcome::failed;
    case Kind::cancelled: return ProjectReport::Outcome::cancelled;
    case Kind::not_begun: return ProjectReport::Outcome::not_begun;
  }
  return ProjectReport::Outcome::failed;
}

}  // namespace

std::vector<std::string> keys_of(const frontend::ConfigSettings& settings) {
  std::vector<std::string> keys;
  const auto add = [&](const ipc::JsonText& json, const std::string& prefix) {
    const auto value = ipc::json::parse(json.text, ipc::deepest_value);
    if (!value) return;
    if (const auto* object = std::get_if<ipc::json::Object>(&value->data)) {
      for (const auto& member : *object) keys.push_back(prefix + member.key);
    }
  };
  add(settings.json, "");
  for (const auto& [hook, json] : settings.of_hooks) add(json, hook + ":");
  return keys;
}

void ProjectReport::end(const frontend::BatchOutcome& batch_outcome) {
  outcome = outcome_of(batch_outcome.kind);
  error = batch_outcome.built.error;
}

void ProjectReport::end(const Error* failure) {
  if (failure == nullptr) {
    outcome = Outcome::done;
    return;
  }
  outcome = failure->code == errc::cancelled ? Outcome::cancelled : Outcome::failed;
  error = *failure;
}

std::string shown_name(const ProjectReport& project) {
  return project.name.empty() ? project.source.filename().string() : project.name;
}

std::vector<const ArtifactReport*> distinct_artifacts(const std::deque<ProjectReport>& projects) {
  std::vector<const ArtifactReport*> artifacts;
  std::set<std::filesystem::path> seen;
  for (const ProjectReport& project : projects) {
    for (const ArtifactReport& artifact : project.artifacts) {
      if (seen.insert(artifact.artifact.path).second) artifacts.push_back(&artifact);
    }
  }
  return artifacts;
}

ReportingObserver::ReportingObserver(ProjectReport* report, frontend::Observer& inner)
    : ForwardingObserver(inner), report_(report) {
  if (report_ != nullptr) report_->begin = Clock::now();
}

ReportingObserver::~ReportingObserver() {
  if (report_ != nullptr) report_->elapsed = elapsed_since(*report_->begin);
}

void ReportingObserver::started(const Activity& activity) {
  if (report_ != nullptr && activity.kind == Activity::Kind::run_hook) {
    report_->hooks.push_back({.hook = activity.what, .begin = Clock::now()});
    in_hook_ = true;
  }
  ForwardingObserver::started(activity);
}

void ReportingObserver::finished(const Activity& activity,
                                 bool succeeded,
                                 std::chrono::milliseconds took) {
  if (HookReport* hook = running(); hook != nullptr && activity.kind == Activity::Kind::run_hook) {
    hook->elapsed = took;
    in_hook_ = false;
  }
  ForwardingObserver::finished(activity, succeeded, took);
}

void ReportingObserver::hook_runs_in(int pid) {
  if (HookReport* hook = running()) hook->pid = pid;
  ForwardingObserver::hook_runs_in(pid);
}

void ReportingObserver::hook_ended(const frontend::HookEnd& end) {
  if (HookReport* hook = running()) {
    hook->backend_pid = end.backend_pid;
    const ipc::HookFailure* failure = nullptr;
    if (!end.outcome) {
      hook->outcome = outcome_of(end.outcome.error());
      failure = end.outcome.error().hook_failure.get();
    } else {
      failure = std::get_if<ipc::HookFailure>(&*end.outcome);
      hook->outcome = failure == nullptr ? HookOutcome::returned : outcome_of(*failure);
    }
    if (hook->outcome == HookOutcome::returned) hook->exit_code = 0;
    if (failure != nullptr) hook->exit_code = failure->code;
    if (failure != nullptr && failure->signal > 0) hook->signal = failure->signal;
  }
  ForwardingObserver::hook_ended(end);
}

void ReportingObserver::interpreter_found(const frontend::Interpreter& interpreter) {
  if (report_ != nullptr) report_->interpreter = interpreter;
  ForwardingObserver::interpreter_found(interpreter);
}

void ReportingObserver::environment_ready(const frontend::EnvironmentUse& use) {
  if (report_ != nullptr) {
    auto& known = report_->environments;
    const auto same = [&](const EnvironmentReport& other) {
      return other.path == use.environment.prefix() && other.requirements == use.requirements;
    };
    if (std::ranges::none_of(known, same)) {
      EnvironmentReport environment{.origin = use.origin,
                                    .path = use.environment.prefix(),
                                    .requirements = use.requirements,
                                    .resolved = std::nullopt};
      if (use.origin != frontend::EnvironmentUse::Origin::own) {
        environment.resolved =
            frontend::installed_packages(use.environment.site_packages(), use.requirements);
      }
      known.push_back(std::move(environment));
    }
  }
  ForwardingObserver::environment_ready(use);
}

void ReportingObserver::backend_ready(const frontend::BackendUse& use) {
  if (report_ != nullptr) report_->backend = use;
  ForwardingObserver::backend_ready(use);
}

void ReportingObserver::artifact_finished(const frontend::Artifact& artifact) {
  if (report_ != nullptr) {
    report_->artifacts.push_back(
        {artifact, frontend::sha256_of_file(artifact.path).value_or(std::string())});
  }
  ForwardingObserver::artifact_finished(artifact);
}

void ReportingObserver::notice(std::string_view sentence) {
  if (report_ != nullptr) report_->notices.emplace_back(sentence);
  ForwardingObserver::notice(sentence);
}

HookReport* ReportingObserver::running() {
  return report_ != nullptr && in_hook_ ? &report_->hooks.back() : nullptr;
}

}  // namespace axle::cli
