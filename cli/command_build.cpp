// axle build: artifacts of projects, one after another or side by side; their paths on standard
// output.
#include "cli/error_text.hpp"
#include "cli/event_observer.hpp"
#include "cli/hints.hpp"
#include "cli/overview.hpp"
#include "cli/planned_build.hpp"
#include "cli/printable.hpp"
#include "cli/quantity.hpp"
#include "cli/session.hpp"
#include "frontend/batch.hpp"
#include "frontend/old_artifacts.hpp"
#include "frontend/output_claims.hpp"
#include "frontend/shared_backends.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace axle::cli {
namespace {

using frontend::Artifact;
using frontend::Built;
using frontend::ConfigSettings;
using Kind = frontend::BatchOutcome::Kind;
using std::filesystem::path;

// Where an artifact is, as the user can say it from here: beneath the folder of --outdir as given;
// else relative if the source was.
std::string shown_path(const BuildArguments& arguments, const path& source, const path& artifact) {
  if (!arguments.output_directory.empty()) {
    return (arguments.output_directory / artifact.filename()).string();
  }
  if (source.is_absolute()) return artifact.string();
  std::error_code error;
  const path relative = artifact.lexically_relative(std::filesystem::current_path(error));
  return error || relative.empty() ? artifact.string() : relative.string();
}

// "Built a.tar.gz (1.2 MiB) and a.whl (63 KiB) in 1.9 s"
void tell_built(const std::vector<Artifact>& artifacts,
                std::chrono::milliseconds took,
                Lane& lane) {
  std::vector<std::string> built;
  for (const Artifact& artifact : artifacts) {
    built.push_back(fmt::format("{} ({})",
                                lane.paint().bold(artifact.path.filename().string()),
                                format_size(artifact.size)));
  }
  lane.print(fmt::format(
      "{} {} in {}", lane.paint().good("Built"), fmt::join(built, " and "), format_duration(took)));
}

// "-j x" is "-j" and the source x only where there is one.
Result<> check_jobs(const BuildArguments& arguments) {
  const path& doubtful = arguments.jobs_or_source;
  std::error_code ignored;
  if (doubtful.empty() || std::filesystem::exists(doubtful, ignored)) return {};
  return fail(errc::usage,
              fmt::format("--jobs cannot be \"{}\", and there is no source of that name",
                          doubtful.string()),
              "-j4 is four at once; -j alone is one for each processor");
}

// Tells the siblings of a build of the sdist that it makes.
class SdistObserver final : public frontend::ForwardingObserver {
 public:
  SdistObserver(SiblingBuilds& siblings, frontend::Observer& inner)
      : ForwardingObserver(inner), siblings_(siblings) {}

  void artifact_finished(const Artifact& artifact) override {
    ForwardingObserver::artifact_finished(artifact);
    if (artifact.kind == frontend::ArtifactKind::sdist) siblings_.sdist_is(artifact.path);
  }

 private:
  SiblingBuilds& siblings_;
};

// Builds of the sources on one command line, each alone or some side by side.
class BatchBuild {
 public:
  BatchBuild(const BuildArguments& arguments, const Session& session)
      : arguments_(arguments),
        session_(session),
        at_once_(arguments.jobs > 0 ? arguments.jobs
                                    : std::max(1U, std::thread::hardware_concurrency())),
        builds_(planned_builds(arguments)),
        paths_(builds_.size()),
        told_(builds_.size()) {
    for (const PlannedBuild& build : builds_) {
      const auto settings =
          settings_for(arguments.common.settings, build.source).value_or(ConfigSettings{});
      reports_.push_back(session.report.add({.source = whole_path(build.source),
                                             .name = build.siblings ? build.name : std::string(),
                                             .config_settings = keys_of(settings)}));
    }
    if (builds_.size() > 1 && at_once_ > 1) overview_.emplace(session.terminal, builds_.size());
  }

  int run() {
    session_.events.tell("build_started", session_.report.beginning());
    std::vector<frontend::BatchJob> jobs;
    for (std::size_t i = 0; i < builds_.size(); ++i) {
      const PlannedBuild& planned = builds_[i];
      frontend::BatchJob job{.name = planned.name, .build = [this, i](const auto& cancellation) {
                               return build(i, cancellation);
                             }};
      if (planned.siblings) {
        job.ended = [&planned] { planned.siblings->lay_down_duty(planned.number); };
      }
      jobs.push_back(std::move(job));
    }
    const auto outcomes = frontend::run_batch(
        jobs,
        {.at_once = at_once_, .after_failure = arguments_.after_failure, .grace = arguments_.grace},
        session_.cancellation);
    for (std::size_t i = 0; i < outcomes.size(); ++i) end(i, outcomes[i]);
    deliver_what_waits();
    const auto failures = frontend::failures_in_order(outcomes);
    tell_rest(outcomes, failures);
    return code_of(outcomes, failures);
  }

 private:
  [[nodiscard]] Verbosity verbosity() const { return arguments_.common.verbosity; }
  [[nodiscard]] bool nobody_listens() const { return delivered_ == nobody_reads; }

  Built build(std::size_t number, const frontend::Cancellation& cancellation) {
    if (overview_) {
      BuildObserver observer(*overview_, builds_[number].name, verbosity());
      return build(number, observer, cancellation);
    }
    if (session_.ci.has_groups() && verbosity() >= Verbosity::normal) {
      session_.ci.open_group(builds_[number].name);
    } else if (builds_.size() > 1 && verbosity() >= Verbosity::errors) {
      session_.terminal.print(session_.terminal.paint().bold(builds_[number].title + ":"));
    }
    BuildObserver observer(session_.terminal, verbosity());
    return build(number, observer, cancellation);
  }

  Built build(std::size_t number,
              BuildObserver& observer,
              const frontend::Cancellation& cancellation) {
    const auto begin = std::chrono::steady_clock::now();
    const path& source = builds_[number].source;
    tell_project_begins(session_.events, number, builds_[number].name);
    Built built = build_artifacts(number, observer, cancellation);
    if (built.error) {
      built.error = with_hint(*std::move(built.error),
                              observer.output_of_failure(),
                              arguments_.common.options.isolation);
    }
    end(number, {.kind = frontend::kind_of(built), .built = built});
    observer.lane().hide_activity();
    // What came of it stands outside, where nothing folds it away.
    if (!overview_) session_.ci.close_group();
    std::string paths;
    const bool in_text = arguments_.common.report.format == Format::text;
    for (const Artifact& artifact : built.artifacts) {
      if (in_text && is_new_path(builds_[number], artifact)) {
        paths += shown_path(arguments_, source, artifact.path) + "\n";
      }
    }
    if (!built.artifacts.empty() && verbosity() >= Verbosity::normal) {
      const auto took = std::chrono::steady_clock::now() - begin;
      tell_built(built.artifacts,
                 std::chrono::duration_cast<std::chrono::milliseconds>(took),
                 observer.lane());
    }
    deliver_in_order(number, std::move(paths));
    if (built.error) {
      const bool quiet = built.error->code == errc::cancelled && nobody_listens();
      if (!quiet) tell_error(*built.error, observer, verbosity());
      told_[number] = true;
    }
    return built;
  }

  // Interpreters may agree on an artifact.
  static bool is_new_path(const PlannedBuild& planned, const Artifact& artifact) {
    return !planned.siblings || planned.siblings->is_first(artifact.path);
  }

  // For programs. A job that is told of here has not ended twice.
  void end(std::size_t number, const frontend::BatchOutcome& outcome) {
    ProjectReport* report = reports_[number];
    if (report == nullptr || report->outcome != ProjectReport::Outcome::unfinished) return;
    report->end(outcome);
    report->kept = builds_[number].kept;
    tell_project_ends(session_.events, number, *report);
  }

  Built build_artifacts(std::size_t number,
                        BuildObserver& teller,
                        const frontend::Cancellation& cancellation) {
    EventObserver events(session_.events, number, reports_[number], teller);
    ReportingObserver reporter(reports_[number], events);
    TracedObserver observer(session_.trace, builds_[number].name, reporter);
    const PlannedBuild& planned = builds_[number];
    Built built = planned.shares_sdist
                      ? build_with_siblings(planned, observer, cancellation)
                      : build_from(planned.source, planned, observer, cancellation);
    auto done = clear_earlier(planned, built);
    if (!done) built.error = std::move(done).error();
    return built;
  }

  // The wheel from the sdist that a sibling has made; else both, as it is the first.
  Built build_with_siblings(const PlannedBuild& planned,
                            frontend::Observer& observer,
                            const frontend::Cancellation& cancellation) {
    const auto sdist = planned.siblings->sdist_or_duty(planned.number);
    if (sdist) return build_from(*sdist, planned, observer, cancellation);
    SdistObserver teller(*planned.siblings, observer);
    return build_from(planned.source, planned, teller, cancellation);
  }

  Built build_from(const path& tree,
                   const PlannedBuild& planned,
                   frontend::Observer& observer,
                   const frontend::Cancellation& cancellation) {
    if (!planned.arguments) return {.error = planned.arguments.error()};
    const BuildArguments& arguments = **planned.arguments;
    CommonArguments common = arguments.common;
    common.options.claims = claims_;
    common.options.backends = backends_;
    common.options.python = planned.python;
    common.options.kept = planned.kept;
    auto builder = open_project(tree, common, observer, cancellation, planned.source);
    if (!builder) return {.error = std::move(builder).error()};
    const path& chosen = arguments.output_directory;
    return builder->build(planned.plan,
                          chosen.empty() ? builder->default_output_directory() : chosen);
  }

  // Once all interpreters have built the project.
  static Result<> clear_earlier(const PlannedBuild& planned, const Built& built) {
    const auto all = planned.siblings ? planned.siblings->end(built) : built.artifacts;
    const bool wanted =
        planned.arguments && (*planned.arguments)->earlier == BuildArguments::Earlier::removed;
    if (!wanted || built.error || !all) return {};
    return frontend::remove_old_artifacts(*all);
  }

  // Standard output has the paths in the order of the sources, each as soon as that allows.
  void deliver_in_order(std::size_t number, std::string paths) {
    const std::lock_guard lock(mutex_);
    paths_[number] = std::move(paths);
    for (; next_ < paths_.size() && paths_[next_]; ++next_) {
      if (paths_[next_]->empty() || delivered_ != 0) continue;
      delivered_ = deliver(*paths_[next_], session_);
      if (delivered_ != 0 && builds_.size() > 1) {
        session_.cancellation.request("the paths of artifacts cannot be written");
      }
    }
  }

  // A job that ended before it came to that has no paths, and must not keep back those of others.
  void deliver_what_waits() {
    for (std::size_t number = 0; number < paths_.size(); ++number) {
      if (!paths_[number]) deliver_in_order(number, {});
    }
  }

  // What was not told when it happened.
  void tell_rest(const std::vector<frontend::BatchOutcome>& outcomes,
                 const std::vector<std::size_t>& failures) {
    if (nobody_listens()) return;
    Terminal& terminal = session_.terminal;
    std::vector<std::string> failed;
    const Error* why_not_begun = nullptr;
    for (const std::size_t number : failures) {
      const Error& error = *outcomes[number].built.error;
      const bool begun = outcomes[number].kind != Kind::not_begun;
      if (begun && told_[number] == 0) {
        terminal.print(error_text(error, std::nullopt, ErrorDetail::full, terminal.paint()));
      }
      if (!begun) why_not_begun = &error;
      const PlannedBuild& build = builds_[number];
      failed.push_back(printable(overview_ ? build.name : build.title) +
                       remark_of(outcomes[number].kind));
    }
    if (builds_.size() < 2 || failed.empty() || verbosity() < Verbosity::normal) return;
    terminal.print(fmt::format("{} of {} {}: {}",
                               failed.size(),
                               builds_.size(),
                               builds_.size() > arguments_.sources.size()
                                   ? "builds failed"
                                   : "projects could not be built",
                               fmt::join(failed, ", ")));
    if (why_not_begun != nullptr) terminal.print(printable(why_not_begun->message));
  }

  static const char* remark_of(Kind kind) {
    switch (kind) {
      case Kind::cancelled: return " (cancelled)";
      case Kind::not_begun: return " (not begun)";
      case Kind::built:
      case Kind::failed: break;
    }
    return "";
  }

  [[nodiscard]] int code_of(const std::vector<frontend::BatchOutcome>& outcomes,
                            const std::vector<std::size_t>& failures) const {
    const bool stopped = !failures.empty() && outcomes[failures.back()].kind != Kind::failed;
    const int signal = session_.cancellation.signal();
    if (stopped && signal > 0) return 128 + signal;
    if (!failures.empty() && (outcomes[failures[0]].kind == Kind::failed || delivered_ == 0)) {
      return exit_code(*outcomes[failures[0]].built.error);
    }
    return delivered_;
  }

  const BuildArguments& arguments_;
  const Session& session_;
  const std::size_t at_once_;
  const std::vector<PlannedBuild> builds_;
  const std::shared_ptr<frontend::OutputClaims> claims_ =
      std::make_shared<frontend::OutputClaims>();
  const std::shared_ptr<frontend::HostSource> backends_ = frontend::share_backends();
  std::vector<ProjectReport*> reports_;  // null: there is none
  std::optional<Overview> overview_;     // where builds run side by side

  std::mutex mutex_;                               // guards the next three
  std::vector<std::optional<std::string>> paths_;  // of what has ended
  std::size_t next_ = 0;
  std::atomic<int> delivered_ = 0;
  std::vector<char> told_;  // each for the thread of its build
};

}  // namespace

int run(const BuildArguments& arguments, const Session& session) {
  if (const auto meant = check_jobs(arguments); !meant) {
    BuildObserver observer(session.terminal, arguments.common.verbosity);
    return tell_error(meant.error(), observer, arguments.common.verbosity);
  }
  if (arguments.list) return list_builds(arguments, session);
  return BatchBuild(arguments, session).run();
}

}  // namespace axle::cli
