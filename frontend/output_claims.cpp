#include "frontend/output_claims.hpp"

#include "frontend/compare_artifacts.hpp"

#include <fmt/format.h>

#include <utility>

namespace axle::frontend {

Result<Artifact> OutputClaims::put(Artifact artifact,
                                   const std::filesystem::path& output,
                                   Maker maker,
                                   Observer& observer) {
  const std::string name = artifact.path.filename().string();
  const std::lock_guard lock(mutex_);
  const auto claimed = claims_.find(output / name);
  if (claimed == claims_.end() || claimed->second.maker == maker) {
    TRY(auto moved, move_artifact(std::move(artifact), output));
    claims_.insert_or_assign(moved.path, Claim{std::move(maker), moved});
    return moved;
  }
  const Claim& claim = claimed->second;
  if (claim.maker.python == maker.python) {
    return fail(errc::usage,
                fmt::format("{} is there already: {} has just been built into the same folder",
                            name,
                            claim.maker.project.string()),
                "choose an --outdir for each of two projects that make the same artifact");
  }
  TRY(const auto differences, compare_contents(claim.artifact.path, artifact.path));
  if (!differences.empty()) {
    return fail(errc::bad_artifact,
                fmt::format("{} was built with {} already, and {} makes another of it: {}",
                            name,
                            claim.maker.python,
                            maker.python,
                            differences.front()),
                "by its name it is the same for both: build it with one of them, or into another "
                "--outdir");
  }
  observer.notice(
      fmt::format("{} is the same as with {}: that one stays", name, claim.maker.python));
  return claim.artifact;
}

}  // namespace axle::frontend
