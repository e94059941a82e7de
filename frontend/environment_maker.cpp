#include "frontend/environment_maker.hpp"

#include "frontend/backend_program.hpp"
#include "frontend/environment_variables.hpp"
#include "frontend/program.hpp"
#include "frontend/timed_activity.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace axle::frontend {
namespace {

/// As installers do: what cannot be compiled (templates, code for other versions) is left. The
/// files bear the time of their source, so that Python sees where somebody has changed that.
Result<> compile(const Environment& environment, const Cancellation& cancellation) {
  ProgramRun run{.spawn = {.program = environment.python(),
                           .arguments = {"-I",
                                         "-m",
                                         "compileall",
                                         "-qq",
                                         "--invalidation-mode",
                                         "timestamp",
                                         environment.site_packages().string()}}};
  Result<ProgramResult> result = run_program(std::move(run), cancellation);
  if (!result && result.error().code == errc::io_error) {
    result.error().code = errc::environment_failed;
  }
  TRY(const ProgramResult ran, std::move(result));
  if (ran.status.signal == 0) return {};
  return fail(errc::environment_failed,
              fmt::format("compiling the packages in {} failed: {} {}",
                          environment.site_packages().string(),
                          environment.python().string(),
                          ran.status.describe()));
}

}  // namespace

Result<Environment> EnvironmentMaker::make(const std::filesystem::path& folder,
                                           const EnvironmentOrder& order,
                                           Observer& observer,
                                           const Cancellation& cancellation) {
  const Activity creation{
      Activity::Kind::create_environment, order.interpreter.executable.string(), order.project};
  TRY(auto environment,
      timed(observer, creation, [&] { return Environment::create(order.interpreter, folder); }));
  if (!order.requirements.empty()) {
    TRY(add(environment, order, observer, cancellation));
  }
  return environment;
}

Result<> EnvironmentMaker::add(const Environment& environment,
                               const EnvironmentOrder& order,
                               Observer& observer,
                               const Cancellation& cancellation) {
  const Activity installation{Activity::Kind::install_requirements,
                              fmt::format("{}", fmt::join(order.requirements, "\n")),
                              order.project};
  return timed(
      observer, installation, [&] { return fill(environment, order, observer, cancellation); });
}

Result<> EnvironmentMaker::fill(const Environment& environment,
                                const EnvironmentOrder& order,
                                Observer& observer,
                                const Cancellation& cancellation) {
  if (!installer_) {
    TRY(const auto guard, find_backend_program(backend_program_));
    TRY(installer_, choose_installer(choice_, cancellation, network_, options_, guard));
  }
  auto installed = installer_->install(environment, order.requirements, observer, cancellation);
  if (!installed && installed.error().code == errc::environment_failed &&
      network_ == Network::none) {
    installed.error().hint = "Without the network only packages of this machine can be installed.";
  }
  TRY(std::move(installed));
  if (order.bytecode == EnvironmentOrder::Bytecode::on_import) return {};
  return compile(environment, cancellation);
}

}  // namespace axle::frontend
