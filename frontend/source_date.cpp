#include "frontend/source_date.hpp"

#include "frontend/environment_variables.hpp"
#include "frontend/program.hpp"
#include "ipc/child_process.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <optional>
#include <system_error>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;

/// Nothing: git is not there, does not know the tree, or will not tell.
Result<std::optional<std::string>> date_of_commit(const fs::path& tree,
                                                  const Cancellation& cancellation) {
  const auto git = ipc::find_program("git", EnvironmentVariables::current().search_path());
  if (!git) return std::nullopt;
  ProgramRun run{.spawn = {.program = *git,
                           .arguments = {"-C",
                                         tree.string(),
                                         "-c",
                                         "log.showSignature=false",
                                         "log",
                                         "-1",
                                         "--format=%ct",
                                         "--",
                                         "."}},
                 .deadline = ipc::deadline_in(std::chrono::seconds(30))};
  const auto ran = run_program(std::move(run), cancellation);
  if (!ran && ran.error().code == errc::cancelled) return std::unexpected(ran.error());
  if (!ran || !ran->status.success()) return std::nullopt;
  std::string date = ran->out.substr(0, ran->out.find('\n'));
  if (date.empty() || date.find_first_not_of("0123456789") != std::string::npos) {
    return std::nullopt;
  }
  return date;
}

}  // namespace

Result<std::string> source_date_of(const fs::path& tree, const Cancellation& cancellation) {
  TRY(auto commit, date_of_commit(tree, cancellation));
  if (commit) return *std::move(commit);
  std::time_t newest = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(tree, error), end; !error && entry != end;
       entry.increment(error)) {
    struct stat status = {};
    if (::lstat(entry->path().c_str(), &status) < 0 || S_ISDIR(status.st_mode)) continue;
    newest = std::max(newest, status.st_mtim.tv_sec);
  }
  if (error) {
    return fail(errc::io_error, fmt::format("cannot read {}: {}", tree.string(), error.message()));
  }
  return std::to_string(newest);
}

}  // namespace axle::frontend
