#include "frontend/installer_program.hpp"

#include "frontend/installer_failure.hpp"
#include "frontend/printed_text.hpp"
#include "frontend/program.hpp"

#include <string_view>
#include <utility>

namespace axle::frontend {

Result<> run_installer(const InstallerProgram& installer,
                       const Environment& environment,
                       Observer& observer,
                       const Cancellation& cancellation) {
  EnvironmentVariables variables =
      installer_variables(EnvironmentVariables::current(), environment, installer.scratch);
  put_indexes(installer.options, variables);
  ProgramRun run{.spawn = {.program = installer.program,
                           .arguments = installer.arguments,
                           .environment = variables.entries()},
                 .guard = installer.guard};
  run.on_output = [&](bool is_stderr, std::string_view bytes) {
    observer.output(is_stderr ? Observer::Stream::err : Observer::Stream::out, bytes);
  };
  Result<ProgramResult> ran = run_program(std::move(run), cancellation);
  if (!ran && ran.error().code == errc::io_error) {
    ran.error().code = errc::environment_failed;
    ran.error().message = installer.name + " cannot be run: " + ran.error().message;
  }
  TRY(const ProgramResult result, std::move(ran));
  for (const std::string& sentence : describe(result.left_behind, installer.name)) {
    observer.notice(sentence);
  }
  if (result.status.success()) return {};
  return std::unexpected(describe({.installer = installer.name,
                                   .requirements = installer.requirements,
                                   .status = result.status,
                                   .out = result.out,
                                   .err = result.err}));
}

EnvironmentVariables installer_variables(EnvironmentVariables base,
                                         const Environment& environment,
                                         const std::filesystem::path& scratch) {
  base.remove({"PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__"});
  base.remove({"PIP_DRY_RUN",
               "PIP_EDITABLE",
               "PIP_GROUP",
               "PIP_PREFIX",
               "PIP_PYTHON",
               "PIP_REPORT",
               "PIP_REQUIREMENT",
               "PIP_REQUIRE_VIRTUALENV",
               "PIP_ROOT",
               "PIP_TARGET",
               "PIP_USER"});
  base.remove({"UV_DRY_RUN",
               "UV_PREFIX",
               "UV_PROJECT_ENVIRONMENT",
               "UV_PYTHON",
               "UV_SYSTEM_PYTHON",
               "UV_TARGET"});
  base.set("VIRTUAL_ENV", environment.prefix().string());
  base.set("TMPDIR", scratch.string());
  return base;
}

Result<> check_requirements(const std::vector<std::string>& requirements) {
  for (const std::string& requirement : requirements) {
    const std::size_t first = requirement.find_first_not_of(" \t");
    const bool is_option = first != requirement.npos && requirement[first] == '-';
    const bool is_line =
        requirement.find_first_of(std::string_view("\r\n\0", 3)) == requirement.npos;
    if (first != requirement.npos && !is_option && is_line) continue;
    const std::vector<std::string> shown = readable_lines(requirement);
    return fail(errc::environment_failed,
                "'" + (shown.empty() ? "" : shown.front()) + "' is not a requirement",
                "A requirement begins with the name of a package; it is one line.");
  }
  return {};
}

}  // namespace axle::frontend
