// Builder: the whole story of a build, from a project to its artifacts.
//
//   Cancellation cancellation;
//   Observer silent;
//   TRY(auto builder, Builder::open("path/to/project", {}, silent, cancellation));
//   auto built = builder.build({.sdist = true, .wheel = true}, "dist");
//   for (const Artifact& artifact : built.artifacts) ...
//   if (built.error) ...
#pragma once

#include "frontend/artifact.hpp"
#include "frontend/build_options.hpp"
#include "frontend/cancellation.hpp"
#include "frontend/observer.hpp"
#include "ipc/error.hpp"
#include "ipc/json_text.hpp"
#include "ipc/outcome.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace axle::frontend {

/// What to build. Nothing chosen: the default plan, an sdist and then the wheel from that sdist
/// (of a source tree), or the wheel (of an sdist).
struct Plan {
  bool sdist = false;
  bool wheel = false;  ///< Beside `sdist`: both from the source tree.
  /// By itself only: an editable wheel may have the name of the wheel. Else `errc::usage`.
  bool editable = false;
  /// Builds everything a second time, elsewhere and with other hash seeds, and compares. Fails with
  /// `errc::bad_artifact` where the two differ; the artifacts of the first are in their place then.
  /// Needs `Workplace::copy`, and no editable, else `errc::usage`.
  bool twice = false;
};

/// What came of it: the artifacts that were finished, in the order of the plan, also where a later
/// one failed.
struct Built {
  std::vector<Artifact> artifacts = {};
  std::optional<Error> error = std::nullopt;
  /// When that was known: which of several failures was first.
  std::chrono::steady_clock::time_point ended = std::chrono::steady_clock::now();
};

/// The build requirements of a project.
struct BuildRequirements {
  std::vector<std::string> from_build_system;  ///< [build-system] requires, and extra ones.
  std::vector<std::string> from_hook;          ///< What get_requires_for_build_* returned.
};

/// What a project says of itself, before anything of it runs.
struct ProjectFacts {
  std::string name;     ///< Of [project]; empty: only the build backend can tell.
  std::string version;  ///< Likewise.
  std::string backend;  ///< As in pyproject.toml: "module" or "module:object".
  /// [build-system] requires, and what the options add to it.
  std::vector<std::string> requirements;
  bool is_sdist = false;  ///< The source is an sdist.
};

/// Core metadata of a project.
struct ProjectMetadata {
  std::string text;    ///< METADATA, as the build backend wrote it.
  ipc::JsonText json;  ///< The same as JSON (PEP 566).
};

/// Builds one project. Not thread-safe; several builders may work side by side in threads.
///
/// Every function may fail with `errc::usage`, `invalid_project`, `environment_failed`,
/// `backend_unavailable`, `hook_failed`, `hook_missing`, `backend_gone`, `timed_out`,
/// `bad_artifact`, `cancelled` or `io_error`; whatever failed, no temporary file and no process
/// outlives the builder, except that shared backends wait for the next (`BuildOptions::backends`);
/// and the output folder holds whole artifacts only.
class Builder {
 public:
  /// `source` is a source tree or an sdist archive. Reads its pyproject.toml; starts nothing yet.
  /// `observer` and `cancellation` must outlive the builder.
  static Result<Builder> open(const std::filesystem::path& source,
                              BuildOptions options,
                              Observer& observer,
                              const Cancellation& cancellation);

  Builder(Builder&&) noexcept;
  Builder& operator=(Builder&&) noexcept;
  ~Builder();

  [[nodiscard]] ProjectFacts facts() const;

  /// Where artifacts go unless the user says otherwise: `dist` in the source tree, or the folder
  /// of the sdist.
  [[nodiscard]] std::filesystem::path default_output_directory() const;

  /// Builds what `plan` says into `output_directory`, which is made if it is missing.
  Built build(const Plan& plan, const std::filesystem::path& output_directory);

  /// prepare_metadata_for_build_wheel, or the metadata of a built wheel where there is no such
  /// hook. What the hook made is kept, and given to build_wheel whenever this builder builds the
  /// wheel of the same tree later: that wheel has to have the same METADATA (PEP 517), else
  /// `errc::bad_artifact`.
  Result<ProjectMetadata> metadata();

  /// What a build of `kind` needs.
  Result<BuildRequirements> requirements(ArtifactKind kind);

  /// Runs one hook by its name and tells its outcome, whatever it is. `kwargs` is a JSON object;
  /// what it leaves out of `config_settings` and of the hook's directories is filled in
  /// (`output_directory` for wheel_directory, sdist_directory, metadata_directory).
  Result<ipc::Outcome> call_hook(const std::string& hook,
                                 const ipc::JsonText& kwargs,
                                 const std::filesystem::path& output_directory);

 private:
  struct Impl;
  explicit Builder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace axle::frontend
