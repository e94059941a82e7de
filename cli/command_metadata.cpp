// axle metadata: core metadata as JSON on standard output.
#include "cli/hints.hpp"
#include "cli/json.hpp"
#include "cli/session.hpp"
#include "frontend/wheel_metadata.hpp"

namespace axle::cli {
namespace {

Result<std::string> metadata(const MetadataArguments& arguments,
                             BuildObserver& teller,
                             ProjectReport* report,
                             const Session& session) {
  if (arguments.source.extension() == ".whl") {
    TRY(const auto json, frontend::metadata_of_wheel(arguments.source));
    return pretty_json(json);
  }
  TracedObserver traced(session.trace, arguments.source.string(), teller);
  ReportingObserver observer(report, traced);
  TRY(auto builder,
      open_project(arguments.source, arguments.common, observer, session.cancellation));
  TRY(const auto metadata, builder.metadata());
  return pretty_json(metadata.json);
}

}  // namespace

int run(const MetadataArguments& arguments, const Session& session) {
  BuildObserver observer(session.terminal, arguments.common.verbosity);
  ProjectReport* const report = report_on(arguments.source, "metadata", arguments.common, session);
  const auto text = metadata(arguments, observer, report, session);
  if (report != nullptr) report->end(text ? nullptr : &text.error());
  if (!text)
    return tell_error(
        with_hint(text.error(), observer.output_of_failure(), arguments.common.options.isolation),
        observer,
        arguments.common.verbosity);
  session.terminal.hide_activity();
  return deliver(*text + "\n", session);
}

}  // namespace axle::cli
