#include "frontend/uv.hpp"

#include "frontend/environment_variables.hpp"
#include "frontend/installer_program.hpp"
#include "frontend/printed_text.hpp"
#include "frontend/program.hpp"
#include "ipc/child_process.hpp"
#include "ipc/private_dir.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace axle::frontend {
namespace {

constexpr std::chrono::seconds version_time_limit{30};

/// "uv 0.13.9 (x86_64-unknown-linux-gnu)" becomes "uv 0.13.9".
Result<Uv> ask_version(const std::filesystem::path& program, const Cancellation& cancellation) {
  const auto ran = run_program({.spawn = {.program = program, .arguments = {"--version"}},
                                .deadline = ipc::deadline_in(version_time_limit)},
                               cancellation);
  if (!ran && ran.error().code == errc::cancelled) return std::unexpected(ran.error());
  if (!ran) return fail(errc::environment_failed, "uv cannot be run: " + ran.error().message);
  const std::vector<std::string> lines = readable_lines(ran->out);
  if (!ran->status.success() || lines.empty() || !lines.front().starts_with("uv ")) {
    const std::vector<std::string> words = readable_lines(ran->err);
    return fail(errc::environment_failed,
                fmt::format("{} is no uv that runs: it {}{}{}",
                            program.string(),
                            ran->status.describe(),
                            words.empty() ? "" : " and printed:",
                            as_block(words, 8)));
  }
  return Uv{.name = lines.front().substr(0, lines.front().find(' ', 3)), .program = program};
}

}  // namespace

Result<Uv> find_uv(const Cancellation& cancellation) {
  const EnvironmentVariables variables = EnvironmentVariables::current();
  const std::string search_path = variables.search_path();
  auto found = fail(errc::environment_failed,
                    "there is no uv on PATH (" + search_path + ")",
                    "Install uv, or choose pip.");
  for (const std::string& name : {variables.value("UV").value_or(""), std::string("uv")}) {
    const auto program = name.empty() ? std::nullopt : ipc::find_program(name, search_path);
    if (!program) continue;
    auto uv = ask_version(*program, cancellation);
    if (uv || uv.error().code == errc::cancelled) return uv;
    found = std::unexpected(std::move(uv).error());
  }
  return found;
}

std::vector<std::string> uv_install_arguments(const Environment& environment,
                                              const std::vector<std::string>& requirements,
                                              Network network,
                                              const InstallerOptions& options) {
  std::vector<std::string> arguments = {
      "pip", "install", "--python", environment.python().string()};
  if (network == Network::none) arguments.emplace_back("--offline");
  const std::vector<std::string> more = arguments_of(options);
  arguments.insert(arguments.end(), more.begin(), more.end());
  if (!options.exclude_newer.empty()) {
    arguments.insert(arguments.end(), {"--exclude-newer", options.exclude_newer});
  }
  arguments.emplace_back("--");
  arguments.insert(arguments.end(), requirements.begin(), requirements.end());
  return arguments;
}

Result<> UvInstaller::install(const Environment& environment,
                              const std::vector<std::string>& requirements,
                              Observer& observer,
                              const Cancellation& cancellation) {
  if (requirements.empty()) return {};
  TRY(check_requirements(requirements));
  TRY(const ipc::PrivateDir scratch,
      ipc::PrivateDir::create(ipc::temporary_directory(), "axle-uv-"));
  return run_installer(
      {.name = uv_.name,
       .program = uv_.program,
       .arguments = uv_install_arguments(environment, requirements, network_, options_),
       .requirements = requirements,
       .scratch = scratch.path(),
       .options = options_,
       .guard = guard_},
      environment,
      observer,
      cancellation);
}

}  // namespace axle::frontend
