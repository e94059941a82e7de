// What is known of one build, for programs: collected while it runs, and told at any time.
//
//   ProjectReport report{.source = source};
//   {
//     ReportingObserver observer(&report, teller);
//     Builder::open(source, options, observer, cancellation) ...
//   }
//   report.end(outcome);
#pragma once

#include "frontend/artifact.hpp"
#include "frontend/batch.hpp"
#include "frontend/config_settings.hpp"
#include "frontend/forwarding_observer.hpp"
#include "frontend/installed_packages.hpp"
#include "frontend/interpreter.hpp"
#include "frontend/kept_folders.hpp"
#include "ipc/error.hpp"

#include <chrono>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace axle::cli {

struct HookReport {
  enum class Outcome {
    unfinished,
    returned,
    failed,
    missing,
    unsupported,
    timed_out,
    cancelled,
    backend_gone,
  };
  std::string hook;
  Outcome outcome = Outcome::unfinished;
  std::chrono::steady_clock::time_point begin;
  std::chrono::milliseconds elapsed{0};
  std::optional<int> pid = std::nullopt;  ///< Of the process that ran it.
  std::optional<int> backend_pid = std::nullopt;
  std::optional<int> exit_code = std::nullopt;  ///< 0, or as the result file has it.
  std::optional<int> signal = std::nullopt;     ///< What killed it.
};

struct EnvironmentReport {
  frontend::EnvironmentUse::Origin origin;
  std::filesystem::path path;
  std::vector<std::string> requirements;
  /// What it holds; nothing: nobody has looked, for there is no isolation.
  std::optional<std::vector<frontend::InstalledPackage>> resolved;
};

struct ArtifactReport {
  frontend::Artifact artifact;
  std::string sha256;  ///< Empty: the file could not be read again.
};

/// The keys of the settings, "HOOK:KEY" where one is for one hook alone. Their values may be
/// secrets.
std::vector<std::string> keys_of(const frontend::ConfigSettings& settings);

struct ProjectReport {
  /// `done` is what a command other than axle build calls `built`.
  enum class Outcome { unfinished, built, done, failed, cancelled, not_begun };

  std::filesystem::path source;  ///< Absolute.
  /// What people read of it where its folder or file alone does not tell: "demo [3.12]".
  std::string name = {};
  /// As `keys_of` gives them.
  std::vector<std::string> config_settings = {};
  Outcome outcome = Outcome::unfinished;
  std::optional<std::chrono::steady_clock::time_point> begin = std::nullopt;
  std::chrono::milliseconds elapsed{0};
  std::optional<Error> error = std::nullopt;
  std::optional<frontend::Interpreter> interpreter = std::nullopt;
  std::vector<EnvironmentReport> environments = {};
  std::optional<frontend::BackendUse> backend = std::nullopt;
  std::vector<HookReport> hooks = {};
  std::vector<ArtifactReport> artifacts = {};
  std::vector<std::string> notices = {};
  std::shared_ptr<const frontend::KeptFolders> kept = nullptr;  // of --keep

  /// What came of it in the end.
  void end(const frontend::BatchOutcome& batch_outcome);
  /// The same of a command that asks something: its failure, or nullptr.
  void end(const Error* failure);
};

/// What people read of it: its `name`, else that of its folder or file.
std::string shown_name(const ProjectReport& project);

/// The artifacts of all, in order; once each, where several builds of a project agree on one.
std::vector<const ArtifactReport*> distinct_artifacts(const std::deque<ProjectReport>& projects);

/// Writes down in `report` what happens, and tells `inner`; without a report it only tells. Both
/// outlive it. For one build, in its thread.
class ReportingObserver final : public frontend::ForwardingObserver {
 public:
  ReportingObserver(ProjectReport* report, frontend::Observer& inner);
  ReportingObserver(const ReportingObserver&) = delete;
  ReportingObserver& operator=(const ReportingObserver&) = delete;
  ~ReportingObserver() override;

  void started(const frontend::Activity& activity) override;
  void finished(const frontend::Activity& activity,
                bool succeeded,
                std::chrono::milliseconds took) override;
  void hook_runs_in(int pid) override;
  void hook_ended(const frontend::HookEnd& end) override;
  void interpreter_found(const frontend::Interpreter& interpreter) override;
  void environment_ready(const frontend::EnvironmentUse& use) override;
  void backend_ready(const frontend::BackendUse& use) override;
  void artifact_finished(const frontend::Artifact& artifact) override;
  void notice(std::string_view sentence) override;

 private:
  /// The hook that runs; nullptr: none does, or there is no report.
  HookReport* running();

  ProjectReport* report_;
  bool in_hook_ = false;
};

}  // namespace axle::cli
