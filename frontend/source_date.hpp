// The date of a source tree, for SOURCE_DATE_EPOCH: what builds write instead of the time at which
// they run, https://reproducible-builds.org/docs/source-date-epoch/.
#pragma once

#include "frontend/cancellation.hpp"
#include "ipc/error.hpp"

#include <filesystem>
#include <string>

namespace axle::frontend {

/// Seconds since 1970: the last commit of git's that changed `tree`, where git is there and knows
/// it; else the newest file or link in it. Fails with `errc::cancelled`, and with `errc::io_error`
/// where the tree cannot be read.
Result<std::string> source_date_of(const std::filesystem::path& tree,
                                   const Cancellation& cancellation);

}  // namespace axle::frontend
