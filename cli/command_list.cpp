// axle build --list: what would be built, without building anything.
#include "cli/build_list.hpp"
#include "cli/json.hpp"
#include "cli/session.hpp"

#include <string>
#include <utility>
#include <vector>

namespace axle::cli {
namespace {

Result<ListedBuild> look_at(const std::filesystem::path& source,
                            const BuildArguments& arguments,
                            BuildObserver& observer,
                            const Session& session) {
  TRY(const auto builder, open_project(source, arguments.common, observer, session.cancellation));
  TRY(auto interpreter,
      frontend::find_interpreter(arguments.common.options.python, session.cancellation));
  ListedBuild build{.source = source,
                    .facts = builder.facts(),
                    .kinds = {},
                    .output_directory = arguments.output_directory,
                    .interpreter = std::move(interpreter)};
  if (build.output_directory.empty()) build.output_directory = builder.default_output_directory();
  build.kinds = kinds_of(arguments.plan, build.facts.is_sdist);
  return build;
}

}  // namespace

int list_builds(const BuildArguments& arguments, const Session& session) {
  const bool as_json = arguments.list == Format::json;
  int code = 0;
  std::string text;
  std::vector<ipc::JsonText> list;
  for (std::size_t i = 0; i < arguments.sources.size(); ++i) {
    BuildObserver observer(session.terminal, arguments.common.verbosity);
    const OwnArguments own = arguments.own.empty() ? nullptr : arguments.own[i];
    Result<ListedBuild> build =
        own && !*own ? Result<ListedBuild>(std::unexpected(own->error()))
                     : look_at(arguments.sources[i], own ? **own : arguments, observer, session);
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
