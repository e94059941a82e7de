#include "frontend/output_claims.hpp"

#include <fmt/format.h>

namespace axle::frontend {

Result<> OutputClaims::claim(const std::filesystem::path& target,
                             const std::filesystem::path& project) {
  const std::lock_guard lock(mutex_);
  const auto [claimed, is_new] = projects_.emplace(target, project);
  if (is_new || claimed->second == project) return {};
  return fail(errc::usage,
              fmt::format("{} is there already: {} has just been built into the same folder",
                          target.filename().string(),
                          claimed->second.string()),
              "choose an --outdir for each of two projects that make the same artifact");
}

}  // namespace axle::frontend
