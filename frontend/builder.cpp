#include "frontend/builder.hpp"

#include "frontend/archive.hpp"
#include "frontend/core_metadata.hpp"
#include "frontend/hook_arguments.hpp"
#include "frontend/kept_folders.hpp"
#include "frontend/metadata_directory.hpp"
#include "frontend/metadata_promises.hpp"
#include "frontend/output_claims.hpp"
#include "frontend/project_table.hpp"
#include "frontend/reproduction.hpp"
#include "frontend/timed_activity.hpp"
#include "frontend/tree_lock.hpp"
#include "frontend/workshop.hpp"
#include "ipc/private_dir.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <unistd.h>

#include <optional>
#include <utility>

namespace axle::frontend {

namespace fs = std::filesystem;
using ipc::PrivateDir;

namespace {

/// What prepare_metadata_for_build_wheel has made.
struct Prepared {
  PrivateDir folder;
  fs::path dist_info;
  std::string metadata;
};

}  // namespace

struct Builder::Impl {
  Project project;
  Workshop workshop;
  Observer& observer;
  const Cancellation& cancellation;
  std::optional<Prepared> prepared = std::nullopt;

  /// For as long as hooks run in the tree; nobody else knows the folder of an unpacked sdist.
  Result<std::optional<TreeLock>> lock() {
    if (project.tree.is_temporary()) return std::nullopt;
    return TreeLock::take(
        project.tree.root(), observer, cancellation, workshop.options().hook_timeout);
  }
  Result<Artifact> build(Project& from,
                         ArtifactKind kind,
                         const fs::path& output_directory,
                         const Artifact* sdist = nullptr);
  Result<> build_default(const fs::path& output_directory, std::vector<Artifact>& artifacts);
  Result<> build_plan(const Plan& plan, const fs::path& output, std::vector<Artifact>& artifacts);
  Result<> build_twice(Plan plan, const fs::path& output, std::vector<Artifact>& artifacts);
};

namespace {

bool nothing_chosen(const Plan& plan) {
  return !plan.sdist && !plan.wheel && !plan.editable;
}

/// What PEP 517 calls "an operation that is not supported": the source tree makes no sdist.
bool is_unsupported(const Error& error) {
  return error.hook_failure != nullptr && error.hook_failure->unsupported;
}

Result<std::string> run_build_hook(Hooks& hooks,
                                   ArtifactKind kind,
                                   const fs::path& directory,
                                   const Prepared* prepared) {
  switch (kind) {
    case ArtifactKind::sdist: return hooks.build_sdist(directory);
    case ArtifactKind::editable: return hooks.build_editable(directory);
    case ArtifactKind::wheel: break;
  }
  if (prepared != nullptr) return hooks.build_wheel(directory, prepared->dist_info);
  return hooks.build_wheel(directory);
}

/// PEP 643: what an sdist does not call dynamic is the same in its wheel.
void tell_broken_promises(const Artifact& sdist, const Artifact& wheel, Observer& observer) {
  const auto broken = find_broken_promises(sdist.metadata, wheel.metadata);
  if (broken.empty()) return;
  observer.notice(
      fmt::format("the wheel has another {} than the sdist, which does not call it Dynamic",
                  fmt::join(broken, ", ")));
}

/// `path`, absolute and without "." and "..", whether or not it is there yet.
Result<fs::path> absolute_path(const fs::path& path) {
  std::error_code error;
  auto absolute = fs::absolute(path, error);
  if (!error) absolute = fs::weakly_canonical(absolute, error);
  if (error) {
    return fail(errc::io_error,
                fmt::format("cannot find out where {} is: {}", path.string(), error.message()));
  }
  return absolute;
}

/// A hook that failed because it could not write into the source tree, perhaps.
void hint_at_copy(Error& error, const SourceTree& tree) {
  if (error.code != errc::hook_failed || !error.hint.empty() || tree.is_temporary()) return;
  const auto& failure = *error.hook_failure;
  if (failure.exc_type != "PermissionError" &&
      failure.exc_msg.find("Read-only file system") == std::string::npos &&
      ::access(tree.root().c_str(), W_OK) == 0) {
    return;
  }
  error.hint = fmt::format("if {} cannot be written: --no-litter builds in a copy of it",
                           tree.origin().string());
}

/// A folder beside the artifacts to come, so that each can be moved into place by a rename.
Result<PrivateDir> scratch_in(const fs::path& output_directory) {
  std::error_code error;
  fs::create_directories(output_directory, error);
  if (error) {
    return fail(
        errc::io_error,
        fmt::format(
            "cannot make the output folder {}: {}", output_directory.string(), error.message()),
        "choose another with --outdir");
  }
  return PrivateDir::create(output_directory, ".axle-");
}

}  // namespace

Builder::Builder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Builder::Builder(Builder&&) noexcept = default;
Builder& Builder::operator=(Builder&&) noexcept = default;
Builder::~Builder() = default;

Result<Builder> Builder::open(const fs::path& source,
                              BuildOptions options,
                              Observer& observer,
                              const Cancellation& cancellation) {
  TRY(auto project, Project::open(source, observer));
  if (options.workplace == Workplace::copy && !project.tree.is_temporary()) {
    // Not while another build is writing there.
    TRY(const auto lock,
        TreeLock::take(project.tree.root(), observer, cancellation, options.hook_timeout));
    TRY(project, project.copy(cancellation));
  }
  if (options.kept) project.tree.leave_in(*options.kept, observer);
  return Builder(std::make_unique<Impl>(std::move(project),
                                        Workshop(std::move(options), observer, cancellation),
                                        observer,
                                        cancellation));
}

ProjectFacts Builder::facts() const {
  const Project& project = impl_->project;
  ProjectTable table = read_project_table(project.tree.root());
  return {.name = std::move(table.name),
          .version = std::move(table.version),
          .backend = project.build_system.backend(),
          .requirements = impl_->workshop.requirements_of(project),
          .is_sdist = project.tree.is_from_sdist()};
}

fs::path Builder::default_output_directory() const {
  const SourceTree& tree = impl_->project.tree;
  if (!tree.is_from_sdist()) return tree.origin() / "dist";
  const auto folder = tree.origin().parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

/// One artifact: its hook builds it in a scratch folder; checked, also against the sdist of the
/// same project where there is one, it is moved to its place.
Result<Artifact> Builder::Impl::build(Project& from,
                                      ArtifactKind kind,
                                      const fs::path& output,
                                      const Artifact* sdist) {
  TRY(auto hooks, workshop.hooks_for(from, kind));
  TRY(auto scratch, scratch_in(output));
  const KeepUnlessEmpty keeper(workshop.options().kept.get(),
                               scratch,
                               fmt::format("what was built as the {}", to_string(kind)),
                               observer);
  const bool is_prepared = prepared && kind == ArtifactKind::wheel && &from == &project;
  const Prepared* const given = is_prepared ? &*prepared : nullptr;
  auto ran = run_build_hook(hooks, kind, scratch.path(), given);
  if (!ran && ran.error().hook_failure) hint_at_copy(ran.error(), from.tree);
  TRY(const auto returned, std::move(ran));
  TRY(auto artifact,
      timed(observer,
            {Activity::Kind::verify_artifact,
             fs::path(returned).filename(),
             from.tree.origin().string()},
            [&] { return verify_artifact(kind, scratch.path(), returned); }));
  for (const auto& warning : artifact.warnings) observer.notice(warning);
  for (const auto& remark : artifact.remarks) observer.remark(remark);
  if (given != nullptr) {
    TRY(verify_same_metadata(given->metadata, artifact));
  }
  if (sdist != nullptr) {
    TRY(verify_same_project(*sdist, artifact));
    tell_broken_promises(*sdist, artifact, observer);
  } else if (from.tree.is_from_sdist()) {
    TRY(verify_same_project(from.tree.sdist_name(), artifact));
  }
  TRY(auto identity, absolute_path(project.tree.origin()));
  const fs::path target = output / artifact.path.filename();
  const Activity moving{
      Activity::Kind::move_artifact, target.filename().string(), from.tree.origin().string()};
  TRY(auto moved, timed(observer, moving, [&] {
        const auto& claims = workshop.options().claims;
        if (!claims) return move_artifact(std::move(artifact), output);
        return claims->put(
            std::move(artifact), output, {identity, workshop.options().python}, observer);
      }));
  observer.artifact_finished(moved);
  return moved;
}

/// The sdist, and then the wheel from that sdist: so that the sdist is known to be whole.
Result<> Builder::Impl::build_default(const fs::path& output, std::vector<Artifact>& artifacts) {
  auto sdist = build(project, ArtifactKind::sdist, output);
  if (!sdist && is_unsupported(sdist.error())) {
    // PEP 517: frontends that need an sdist as an intermediate step only "should fall back to
    // building a wheel directly".
    observer.notice(
        fmt::format("{} makes no sdist of this source tree ({}), so the wheel is built"
                    " from the tree itself",
                    project.build_system.backend(),
                    sdist.error().hook_failure->exc_msg));
    TRY(auto wheel, build(project, ArtifactKind::wheel, output));
    artifacts.push_back(std::move(wheel));
    return {};
  }
  if (!sdist) return std::unexpected(std::move(sdist).error());
  artifacts.push_back(*sdist);
  Observer silent;  // What there is to say of the pyproject.toml was said of the source tree's.
  TRY(auto unpacked,
      timed(observer,
            {Activity::Kind::unpack_sdist,
             sdist->path.filename().string(),
             project.tree.origin().string()},
            [&] { return Project::open(sdist->path, silent, limits_of_own_artifacts); }));
  if (workshop.options().kept) unpacked.tree.leave_in(*workshop.options().kept, observer);
  if (unpacked.build_system.is_legacy_default && !project.build_system.is_legacy_default) {
    observer.notice(fmt::format(
        "{} lacks the pyproject.toml that names {}: whoever builds it gets the backend of old, {}",
        sdist->path.filename().string(),
        project.build_system.backend(),
        unpacked.build_system.backend()));
  }
  auto wheel = build(unpacked, ArtifactKind::wheel, output, &*sdist);
  if (!wheel) {
    Error& error = wheel.error();
    if (error.code == errc::hook_failed && error.hint.empty()) {
      error.hint = fmt::format(
          "the wheel is built from {}: is everything that it needs in the"
          " sdist? --wheel builds from the source tree",
          sdist->path.filename().string());
    }
    return std::unexpected(std::move(error));
  }
  artifacts.push_back(*std::move(wheel));
  return {};
}

Result<> Builder::Impl::build_plan(const Plan& plan,
                                   const fs::path& output,
                                   std::vector<Artifact>& artifacts) {
  if (project.tree.is_from_sdist() && plan.sdist) {
    return fail(errc::usage,
                fmt::format("{} is an sdist already", project.tree.origin().string()),
                "leave --sdist out to build its wheel");
  }
  if (plan.editable && (plan.sdist || plan.wheel)) {
    return fail(errc::usage,
                "an editable wheel may have the name of the wheel and would replace it",
                "build it by itself, into another folder");
  }
  const bool in_copy = project.tree.is_temporary() && !project.tree.is_from_sdist();
  if (plan.editable && in_copy) {
    return fail(errc::usage,
                "an editable wheel leads to the source tree, and this one is built in a copy of it",
                "leave --no-litter out");
  }
  TRY(const auto locked, lock());
  if (nothing_chosen(plan) && !project.tree.is_from_sdist()) {
    return build_default(output, artifacts);
  }
  const std::pair<bool, ArtifactKind> wanted[] = {
      {plan.sdist, ArtifactKind::sdist},
      {plan.wheel || nothing_chosen(plan), ArtifactKind::wheel},
      {plan.editable, ArtifactKind::editable},
  };
  for (const auto& [chosen, kind] : wanted) {
    if (!chosen) continue;
    const Artifact* sdist = artifacts.empty() ? nullptr : &artifacts.front();
    TRY(auto artifact, build(project, kind, output, sdist));
    artifacts.push_back(std::move(artifact));
  }
  return {};
}

/// Both in copies, made before anything is built, so that the second finds nothing of the first.
Result<> Builder::Impl::build_twice(Plan plan,
                                    const fs::path& output,
                                    std::vector<Artifact>& artifacts) {
  plan.twice = false;
  if (plan.editable || !project.tree.is_temporary()) {
    return fail(errc::usage, "only an sdist or a wheel that is built in a copy is built twice");
  }
  TRY(const auto rounds, variables_of_rounds(project.tree, observer, cancellation));
  BuildOptions options = workshop.options();
  options.claims = nullptr;
  options.hook_variables.insert(
      options.hook_variables.end(), rounds.second.begin(), rounds.second.end());
  const SecondRoundFolders folders(workshop.options().kept.get(), observer);
  options.kept = folders.own();
  SecondRound silent(observer);
  TRY(auto again, Builder::open(project.tree.origin(), std::move(options), silent, cancellation));
  workshop.add_hook_variables(rounds.first);
  TRY(build_plan(plan, output, artifacts));
  TRY(auto scratch, PrivateDir::create(ipc::temporary_directory(), "axle-again-"));
  const KeepUnlessEmpty keeper(
      workshop.options().kept.get(), scratch, "the artifacts of the second build", observer);
  auto rebuilt = again.build(plan, scratch.path());
  if (rebuilt.error) return std::unexpected(*std::move(rebuilt.error));
  TRY(verify_reproduction(artifacts, rebuilt.artifacts));
  observer.notice("built twice, and byte for byte the same");
  return {};
}

Built Builder::build(const Plan& plan, const fs::path& output_directory) {
  Built built;
  const auto output = absolute_path(output_directory);
  if (!output) {
    built.error = output.error();
  } else if (auto done = plan.twice ? impl_->build_twice(plan, *output, built.artifacts)
                                    : impl_->build_plan(plan, *output, built.artifacts);
             !done) {
    built.error = std::move(done).error();
  }
  built.ended = std::chrono::steady_clock::now();
  return built;
}

Result<ProjectMetadata> Builder::metadata() {
  TRY(const auto locked, impl_->lock());
  TRY(auto scratch, PrivateDir::create(ipc::temporary_directory(), "axle-metadata-"));
  if (const auto& kept = impl_->workshop.options().kept) {
    kept->keep(scratch, "the metadata", impl_->observer);
  }
  TRY(auto hooks, impl_->workshop.hooks_for(impl_->project, ArtifactKind::wheel));
  TRY(const auto returned, hooks.prepare_metadata_for_build_wheel(scratch.path()));
  std::string text;
  if (returned) {
    TRY(auto dist_info, verify_dist_info(scratch.path(), *returned));
    TRY(text, read_metadata(dist_info));
    impl_->prepared.emplace(std::move(scratch), std::move(dist_info), text);
  } else {
    // PEP 517: without the hook, "the build frontend [...] should call build_wheel and look at
    // the resulting metadata directly".
    TRY(const auto name, hooks.build_wheel(scratch.path()));
    // The wheel itself is not for anybody, so no more of it has to be sound.
    TRY(const auto wheel, find_returned(scratch.path(), name));
    TRY(const auto dist_info, extract_dist_info(wheel, scratch.path(), errc::bad_artifact));
    TRY(text, read_metadata(dist_info));
  }
  auto json = CoreMetadata::parse(text).to_json();
  return ProjectMetadata{std::move(text), std::move(json)};
}

Result<BuildRequirements> Builder::requirements(ArtifactKind kind) {
  TRY(const auto locked, impl_->lock());
  TRY(auto from_hook, impl_->workshop.requirements_of(impl_->project, kind));
  return BuildRequirements{impl_->workshop.requirements_of(impl_->project), std::move(from_hook)};
}

Result<ipc::Outcome> Builder::call_hook(const std::string& hook,
                                        const ipc::JsonText& kwargs,
                                        const fs::path& output_directory) {
  TRY(const auto locked, impl_->lock());
  TRY(auto output, absolute_path(output_directory));
  TRY(auto arguments, complete_arguments(hook, kwargs, impl_->workshop.options(), output));
  const auto kind = kind_of_hook(hook);
  if (!kind) {
    TRY(auto hooks, impl_->workshop.bare_hooks(impl_->project));
    return hooks.call(hook, arguments);
  }
  TRY(auto hooks, impl_->workshop.hooks_for(impl_->project, *kind));
  return hooks.call(hook, arguments);
}

}  // namespace axle::frontend
