#include "cli/daemon_use.hpp"

#include "cli/ci_service.hpp"
#include "cli/quantity.hpp"
#include "frontend/environment_variables.hpp"

#include <string>
#include <system_error>

namespace axle::cli {

using frontend::EnvironmentVariables;

std::filesystem::path this_program() {
  std::error_code error;
  auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error || !std::filesystem::exists(program, error)) return {};
  return program;
}

std::filesystem::path daemon_program(DaemonUse use) {
  const bool wanted =
      use == DaemonUse::yes || (use == DaemonUse::automatic &&
                                detected_ci(EnvironmentVariables::current()) == CiService::none);
  return wanted ? this_program() : std::filesystem::path();
}

Result<std::chrono::milliseconds> daemon_idle_time() {
  const auto text = EnvironmentVariables::current().value("AXLE_DAEMON_IDLE").value_or("");
  if (text.empty()) return std::chrono::minutes{10};
  auto idle = parse_duration(text);
  if (!idle) return fail(errc::usage, "AXLE_DAEMON_IDLE: " + idle.error().message);
  return idle;
}

}  // namespace axle::cli
