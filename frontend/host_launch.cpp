#include "frontend/host_launch.hpp"

#include "frontend/cache_folder.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace axle::frontend {
namespace {

std::vector<std::string> arguments_of(const BackendSpec& spec,
                                      BackendBounds::Span start_bound,
                                      Warmth warmth) {
  std::vector<std::string> arguments{
      "--python",
      spec.python.string(),
      "--hook-isolation",
      std::string(to_string(spec.hook_isolation)),
      "--start-timeout",
      fmt::format("{}", std::chrono::duration<double>(start_bound).count()),
  };
  for (const auto& folder : spec.backend_path) {
    arguments.insert(arguments.end(), {"--backend-path", folder.string()});
  }
  if (spec.immutable_environment) arguments.emplace_back("--immutable-environment");
  if (const auto kept = cache_folder("interpreter-starts")) {
    arguments.insert(arguments.end(), {"--keep-in", kept->string()});
  }
  if (warmth == Warmth::warm) arguments.emplace_back("--warm");
  arguments.insert(arguments.end(), {"--control-fd", "3", "True", spec.module});
  if (!spec.object.empty()) arguments.push_back(spec.object);
  return arguments;
}

}  // namespace

Result<LaunchedHost> launch_host(const BackendSpec& spec,
                                 BackendBounds::Span start_bound,
                                 Warmth warmth) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(spec.source_tree, ignored)) {
    return fail(errc::invalid_project,
                fmt::format("the source tree {} is not a folder", spec.source_tree.string()));
  }
  TRY(auto control, ipc::make_socket_pair());
  auto child = ipc::ChildProcess::spawn({
      .program = spec.backend_program,
      .arguments = arguments_of(spec, start_bound, warmth),
      .environment = spec.environment,
      .working_directory = spec.source_tree,
      .stdin_ = ipc::Stdio::pipe(),
      .stdout_ = ipc::Stdio::pipe(),
      .stderr_ = ipc::Stdio::pipe(),
      .extra_fds = {control.theirs.number()},
  });
  if (!child) {
    Error error = std::move(child).error();
    error.code = errc::environment_failed;
    return std::unexpected(std::move(error));
  }
  HostChannels channels{.in = child->take_stdin(),
                        .out = child->take_stdout(),
                        .err = child->take_stderr(),
                        .control = std::move(control.ours)};
  return LaunchedHost{.process = *std::move(child), .channels = std::move(channels)};
}

}  // namespace axle::frontend
