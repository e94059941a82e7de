// axle hook: runs one hook; its outcome, whatever it is, as a JSON document on standard output.
#include "cli/hints.hpp"
#include "cli/session.hpp"
#include "ipc/outcome.hpp"

#include <memory>
#include <variant>

namespace axle::cli {
namespace {

Result<ipc::Outcome> call(const HookArguments& arguments,
                          BuildObserver& teller,
                          ProjectReport* report,
                          const Session& session) {
  TracedObserver traced(session.trace, arguments.source.string(), teller);
  ReportingObserver observer(report, traced);
  TRY(auto builder,
      open_project(arguments.source, arguments.common, observer, session.cancellation));
  const auto directory = arguments.output_directory.empty() ? builder.default_output_directory()
                                                            : arguments.output_directory;
  return builder.call_hook(arguments.hook, arguments.kwargs, directory);
}

// A failure of the hook is an outcome here, and one of the project in its report.
void end(ProjectReport* report,
         const HookArguments& arguments,
         const Result<ipc::Outcome>& outcome) {
  if (report == nullptr) return;
  if (!outcome) return report->end(&outcome.error());
  const auto* const failure = std::get_if<ipc::HookFailure>(&*outcome);
  if (failure == nullptr) return report->end(nullptr);
  const Error error{.code = errc::hook_failed,
                    .message = arguments.hook + " failed",
                    .hook_failure = std::make_shared<const ipc::HookFailure>(*failure)};
  report->end(&error);
}

}  // namespace

int run(const HookArguments& arguments, const Session& session) {
  BuildObserver observer(session.terminal, arguments.common.verbosity);
  ProjectReport* const report = report_on(arguments.source, "hook", arguments.common, session);
  const auto outcome = call(arguments, observer, report, session);
  end(report, arguments, outcome);
  if (!outcome)
    return tell_error(
        with_hint(
            outcome.error(), observer.output_of_failure(), arguments.common.options.isolation),
        observer,
        arguments.common.verbosity);
  session.terminal.hide_activity();
  const int delivered = deliver(ipc::encode(*outcome) + "\n", session);
  if (delivered != 0) return delivered;
  return std::holds_alternative<ipc::HookFailure>(*outcome) ? 1 : 0;
}

}  // namespace axle::cli
