// axle hook: runs one hook; its outcome, whatever it is, as a JSON document on standard output.
#include "cli/hints.hpp"
#include "cli/session.hpp"
#include "ipc/outcome.hpp"

#include <variant>

namespace axle::cli {
namespace {

Result<ipc::Outcome> call(const HookArguments& arguments,
                          BuildObserver& teller,
                          const Session& session) {
  TracedObserver observer(session.trace, arguments.source.string(), teller);
  TRY(auto builder,
      open_project(arguments.source, arguments.common, observer, session.cancellation));
  const auto directory = arguments.output_directory.empty() ? builder.default_output_directory()
                                                            : arguments.output_directory;
  return builder.call_hook(arguments.hook, arguments.kwargs, directory);
}

}  // namespace

int run(const HookArguments& arguments, const Session& session) {
  BuildObserver observer(session.terminal, arguments.common.verbosity);
  const auto outcome = call(arguments, observer, session);
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
