#include "frontend/output_claims.hpp"

#include <fmt/format.h>

namespace axle::frontend {

Result<Artifact> OutputClaims::put(const std::filesystem::path& target,
                                   const std::filesystem::path& project,
                                   const std::function<Result<Artifact>()>& move) {
  const std::lock_guard lock(mutex_);
  const auto claimed = projects_.find(target);
  if (claimed != projects_.end() && claimed->second != project) {
    return fail(errc::usage,
                fmt::format("{} is there already: {} has just been built into the same folder",
                            target.filename().string(),
                            claimed->second.string()),
                "choose an --outdir for each of two projects that make the same artifact");
  }
  TRY(auto artifact, move());
  projects_.emplace(target, project);
  return artifact;
}

}  // namespace axle::frontend
