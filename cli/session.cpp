#include "cli/session.hpp"

#include "cli/daemon_use.hpp"
#include "cli/error_text.hpp"
#include "cli/planned_build.hpp"

#include <cerrno>
#include <utility>

namespace axle::cli {

Result<frontend::Builder> open_project(const std::filesystem::path& source,
                                       const CommonArguments& arguments,
                                       frontend::Observer& observer,
                                       const frontend::Cancellation& cancellation,
                                       const std::filesystem::path& named) {
  frontend::BuildOptions options = arguments.options;
  options.daemon_program = daemon_program(arguments.daemon);
  TRY(options.config_settings, settings_for(arguments.settings, named.empty() ? source : named));
  return frontend::Builder::open(source, std::move(options), observer, cancellation);
}

ProjectReport* report_on(const std::filesystem::path& source,
                         std::string_view command,
                         const CommonArguments& arguments,
                         const Session& session) {
  session.report.set_command(command);
  if (arguments.report.file.empty()) return nullptr;
  const auto settings = settings_for(arguments.settings, source);
  return session.report.add(
      {.source = whole_path(source),
       .config_settings = settings ? keys_of(*settings) : std::vector<std::string>{},
       .kept = arguments.options.kept});
}

namespace {

ErrorDetail detail_for(Verbosity verbosity) {
  if (verbosity == Verbosity::brief_errors) return ErrorDetail::brief;
  return verbosity >= Verbosity::verbose ? ErrorDetail::no_output : ErrorDetail::full;
}

}  // namespace

int tell_error(const Error& error, BuildObserver& observer, Verbosity verbosity) {
  Lane& lane = observer.lane();
  lane.hide_activity();
  std::optional<FailedOutput> output = observer.failed_output();
  if (output) output->text = lane.shown(output->text);
  lane.print(error_text(error, output, detail_for(verbosity), lane.paint()));
  return exit_code(error);
}

int deliver(std::string_view results, const Session& session) {
  if (session.output.write(results)) return 0;
  if (session.output.failure() == EPIPE) return nobody_reads;
  const auto failed =
      fail_errno(errc::io_error, "cannot write to standard output", session.output.failure());
  session.report.fail(failed.error());
  session.terminal.print(
      error_text(failed.error(), std::nullopt, ErrorDetail::full, session.terminal.paint()));
  return exit_code(failed.error());
}

}  // namespace axle::cli
