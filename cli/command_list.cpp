// axle build --list: what would be built, without building anything.
#include "cli/build_list.hpp"
#include "cli/json.hpp"
#include "cli/planned_build.hpp"
#include "cli/session.hpp"

#include <string>
#include <utility>
#include <vector>

namespace axle::cli {
namespace {

Result<ListedBuild> look_at(const PlannedBuild& planned,
                            BuildObserver& observer,
                            const Session& session) {
  TRY(const BuildArguments* const own, planned.arguments);
  const BuildArguments& arguments = *own;
  TRY(const auto builder,
      open_project(planned.source, arguments.common, observer, session.cancellation));
  TRY(auto interpreter, frontend::find_interpreter(planned.python, session.cancellation));
  ListedBuild build{.source = planned.source,
                    .facts = builder.facts(),
                    .kinds = {},
                    .output_directory = arguments.output_directory,
                    .interpreter = std::move(interpreter)};
  if (build.output_directory.empty()) build.output_directory = builder.default_output_directory();
  build.kinds = kinds_of(planned.plan, build.facts.is_sdist);
  // One of its siblings makes the sdist.
  if (planned.shares_sdist && planned.number > 0) build.kinds = {"wheel"};
  return build;
}

}  // namespace

int list_builds(const BuildArguments& arguments, const Session& session) {
  const bool as_json = arguments.list == Format::json;
  int code = 0;
  std::string text;
  std::vector<ipc::JsonText> list;
  for (const PlannedBuild& planned : planned_builds(arguments)) {
    BuildObserver observer(session.terminal, arguments.common.verbosity);
    const auto build = look_at(planned, observer, session);
    if (build) {
      text += text_of(*build);
      list.push_back(json_of(*build));
      continue;
    }
    const int failed = tell_error(build.error(), observer, arguments.common.verbosity);
    if (code == 0) code = failed;
  }
  const int delivered = deliver(
      as_json ? pretty_json(ipc::json_list(list)) + "\n" : session.terminal.shown(text), session);
  return code != 0 ? code : delivered;
}

}  // namespace axle::cli
