// axle build: artifacts of projects, one after another or side by side; their paths on standard
// output.
#include "cli/error_text.hpp"
#include "cli/event_observer.hpp"
#include "cli/hints.hpp"
#include "cli/overview.hpp"
#include "cli/printable.hpp"
#include "cli/quantity.hpp"
#include "cli/session.hpp"
#include "frontend/batch.hpp"
#include "frontend/old_artifacts.hpp"
#include "frontend/output_claims.hpp"

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

path whole_path(const path& source) {
  std::error_code error;
  path whole = std::filesystem::absolute(source, error).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();  // of "demo/"
  return error ? source : whole;
}

// What each project is called beside others: the name of its folder or sdist; where that is not its
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

// Builds of the sources on one command line, each alone or some side by side.
class BatchBuild {
 public:
  BatchBuild(const BuildArguments& arguments, const Session& session)
      : arguments_(arguments),
        common_(arguments.common),
        session_(session),
        at_once_(arguments.jobs > 0 ? arguments.jobs
                                    : std::max(1U, std::thread::hardware_concurrency())),
        names_(names_of(arguments.sources)),
        paths_(arguments.sources.size()),
        told_(arguments.sources.size()) {
    for (const path& source : arguments.sources) {
      const auto settings = settings_for(common_.settings, source).value_or(ConfigSettings{});
      reports_.push_back(
          session.report.add({.source = whole_path(source), .config_settings = keys_of(settings)}));
    }
    common_.options.claims = std::make_shared<frontend::OutputClaims>();
    if (arguments.sources.size() > 1 && at_once_ > 1) {
      overview_.emplace(session.terminal, arguments.sources.size());
    }
  }

  int run() {
    session_.events.tell("build_started", session_.report.beginning());
    std::vector<frontend::BatchJob> jobs;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      jobs.push_back({names_[i], [this, i](const frontend::Cancellation& cancellation) {
                        return build(i, cancellation);
                      }});
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
      BuildObserver observer(*overview_, names_[number], verbosity());
      return build(number, observer, cancellation);
    }
    if (session_.ci.has_groups() && verbosity() >= Verbosity::normal) {
      session_.ci.open_group(names_[number]);
    } else if (names_.size() > 1 && verbosity() >= Verbosity::errors) {
      session_.terminal.print(
          session_.terminal.paint().bold(arguments_.sources[number].string() + ":"));
    }
    BuildObserver observer(session_.terminal, verbosity());
    return build(number, observer, cancellation);
  }

  Built build(std::size_t number,
              BuildObserver& observer,
              const frontend::Cancellation& cancellation) {
    const auto begin = std::chrono::steady_clock::now();
    const path& source = arguments_.sources[number];
    tell_project_begins(session_.events, number, names_[number]);
    Built built = build_artifacts(number, observer, cancellation);
    if (built.error) {
      built.error = with_hint(
          *std::move(built.error), observer.output_of_failure(), common_.options.isolation);
    }
    end(number, {.kind = frontend::kind_of(built), .built = built});
    observer.lane().hide_activity();
    // What came of it stands outside, where nothing folds it away.
    if (!overview_) session_.ci.close_group();
    std::string paths;
    const bool in_text = common_.report.format == Format::text;
    for (const Artifact& artifact : built.artifacts) {
      if (in_text) paths += shown_path(arguments_, source, artifact.path) + "\n";
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

  // For programs. A job that is told of here has not ended twice.
  void end(std::size_t number, const frontend::BatchOutcome& outcome) {
    ProjectReport* report = reports_[number];
    if (report == nullptr || report->outcome != ProjectReport::Outcome::unfinished) return;
    report->end(outcome);
    tell_project_ends(session_.events, number, *report);
  }

  Built build_artifacts(std::size_t number,
                        BuildObserver& teller,
                        const frontend::Cancellation& cancellation) {
    EventObserver events(session_.events, number, reports_[number], teller);
    ReportingObserver reporter(reports_[number], events);
    TracedObserver observer(session_.trace, names_[number], reporter);
    const OwnArguments own = arguments_.own.empty() ? nullptr : arguments_.own[number];
    if (own && !*own) return {.error = own->error()};
    const BuildArguments& arguments = own ? **own : arguments_;
    CommonArguments common = arguments.common;
    common.options.claims = common_.options.claims;
    auto builder = open_project(arguments_.sources[number], common, observer, cancellation);
    if (!builder) return {.error = std::move(builder).error()};
    const path& chosen = arguments.output_directory;
    Built built = builder->build(arguments.plan,
                                 chosen.empty() ? builder->default_output_directory() : chosen);
    if (!built.error && arguments.earlier == BuildArguments::Earlier::removed) {
      auto removed = frontend::remove_old_artifacts(built.artifacts);
      if (!removed) built.error = std::move(removed).error();
    }
    return built;
  }

  // Standard output has the paths in the order of the sources, each as soon as that allows.
  void deliver_in_order(std::size_t number, std::string paths) {
    const std::lock_guard lock(mutex_);
    paths_[number] = std::move(paths);
    for (; next_ < paths_.size() && paths_[next_]; ++next_) {
      if (paths_[next_]->empty() || delivered_ != 0) continue;
      delivered_ = deliver(*paths_[next_], session_);
      if (delivered_ != 0 && names_.size() > 1) {
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
      failed.push_back(printable(overview_ ? names_[number] : arguments_.sources[number].string()) +
                       remark_of(outcomes[number].kind));
    }
    if (names_.size() < 2 || failed.empty() || verbosity() < Verbosity::normal) return;
    terminal.print(fmt::format("{} of {} projects could not be built: {}",
                               failed.size(),
                               names_.size(),
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
  CommonArguments common_;
  const Session& session_;
  const std::size_t at_once_;
  const std::vector<std::string> names_;
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
