// axle requires: build requirements on standard output, one a line, each once.
#include "cli/hints.hpp"
#include "cli/session.hpp"

#include <algorithm>
#include <vector>

namespace axle::cli {
namespace {

Result<std::string> requirements(const RequiresArguments& arguments,
                                 BuildObserver& teller,
                                 ProjectReport* report,
                                 const Session& session) {
  TracedObserver traced(session.trace, arguments.source.string(), teller);
  ReportingObserver observer(report, traced);
  TRY(auto builder,
      open_project(arguments.source, arguments.common, observer, session.cancellation));
  TRY(auto required, builder.requirements(arguments.kind));
  std::vector<std::string> all = std::move(required.from_build_system);
  for (std::string& requirement : required.from_hook) {
    if (std::ranges::find(all, requirement) == all.end()) all.push_back(std::move(requirement));
  }
  std::string lines;
  for (const std::string& requirement : all) lines += requirement + "\n";
  return lines;
}

}  // namespace

int run(const RequiresArguments& arguments, const Session& session) {
  BuildObserver observer(session.terminal, arguments.common.verbosity);
  ProjectReport* const report = report_on(arguments.source, "requires", arguments.common, session);
  const auto lines = requirements(arguments, observer, report, session);
  if (report != nullptr) report->end(lines ? nullptr : &lines.error());
  if (!lines)
    return tell_error(
        with_hint(lines.error(), observer.output_of_failure(), arguments.common.options.isolation),
        observer,
        arguments.common.verbosity);
  session.terminal.hide_activity();
  return deliver(*lines, session);
}

}  // namespace axle::cli
