// What was built, as variables for later jobs: KEY=value, a line each, as GitLab's
// `artifacts:reports:dotenv` and env files of containers have them.
#pragma once

#include "cli/project_report.hpp"
#include "ipc/error.hpp"

#include <deque>
#include <filesystem>
#include <string>

namespace axle::cli {

/// BUILT_NAME, BUILT_VERSION, and for each kind of artifact BUILT_SDIST, BUILT_SDIST_SHA256 and so
/// on, of the first artifact of that kind; BUILT_ARTIFACTS has the paths of all, with blanks
/// between. Paths beneath `folder` are relative to it. What was not built has no line. Fails with
/// `errc::io_error` for a path that no line can hold.
Result<std::string> dotenv_of(const std::deque<ProjectReport>& projects,
                              const std::filesystem::path& folder);

/// Writes it, relative to the current folder, to `file`. Fails with `errc::io_error`.
Result<> write_dotenv(const std::deque<ProjectReport>& projects, const std::filesystem::path& file);

}  // namespace axle::cli
