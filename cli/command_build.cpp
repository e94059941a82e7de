// axle build: artifacts of one project after another; their paths on standard output.
#include "cli/quantity.hpp"
#include "cli/session.hpp"

#include <fmt/format.h>

#include <chrono>
#include <vector>

namespace axle::cli {
namespace {

using frontend::Artifact;
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
                Terminal& terminal) {
  std::vector<std::string> built;
  for (const Artifact& artifact : artifacts) {
    built.push_back(fmt::format("{} ({})",
                                terminal.paint().bold(artifact.path.filename().string()),
                                format_size(artifact.size)));
  }
  terminal.print(fmt::format("{} {} in {}",
                             terminal.paint().good("Built"),
                             fmt::join(built, " and "),
                             format_duration(took)));
}

int build_project(const BuildArguments& arguments, const path& source, const Session& session) {
  const auto begin = std::chrono::steady_clock::now();
  const Verbosity verbosity = arguments.common.verbosity;
  BuildObserver observer(session.terminal, verbosity);
  auto builder = open_project(source, arguments.common, observer, session);
  if (!builder) return tell_error(builder.error(), observer, verbosity, session);

  const path& chosen = arguments.output_directory;
  const frontend::Built built =
      builder->build(arguments.plan, chosen.empty() ? builder->default_output_directory() : chosen);
  session.terminal.hide_activity();

  std::string paths;
  for (const Artifact& artifact : built.artifacts) {
    paths += shown_path(arguments, source, artifact.path) + "\n";
  }
  if (!built.artifacts.empty() && verbosity >= Verbosity::normal) {
    const auto took = std::chrono::steady_clock::now() - begin;
    tell_built(built.artifacts,
               std::chrono::duration_cast<std::chrono::milliseconds>(took),
               session.terminal);
  }
  const int delivered = deliver(paths, session);
  if (built.error) return tell_error(*built.error, observer, verbosity, session);
  return delivered;
}

}  // namespace

int run(const BuildArguments& arguments, const Session& session) {
  if (arguments.sources.size() == 1) return build_project(arguments, arguments.sources[0], session);
  int first_failure = 0;
  std::vector<std::string> failed;
  for (const path& source : arguments.sources) {
    if (arguments.common.verbosity >= Verbosity::errors) {
      session.terminal.print(session.terminal.paint().bold(source.string() + ":"));
    }
    const int code = build_project(arguments, source, session);
    if (first_failure == 0) first_failure = code;
    if (code != 0) failed.push_back(source.string());
    if (session.cancellation.requested() || session.output.failure() != 0) break;
  }
  if (!failed.empty() && arguments.common.verbosity >= Verbosity::normal) {
    session.terminal.print(fmt::format("{} of {} projects could not be built: {}",
                                       failed.size(),
                                       arguments.sources.size(),
                                       fmt::join(failed, ", ")));
  }
  return first_failure;
}

}  // namespace axle::cli
