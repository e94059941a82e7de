#include "cli/daemon_use.hpp"

#include "cli/quantity.hpp"
#include "frontend/environment_variables.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace axle::cli {
namespace {

using frontend::EnvironmentVariables;

constexpr std::array<std::string_view, 4> no{"0", "no", "off", "false"};

bool is_one_of(std::span<const std::string_view> words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

/// As CI services set it, and people who take it back.
bool in_ci(const EnvironmentVariables& variables) {
  const std::string word = variables.value("CI").value_or("");
  return !word.empty() && !is_one_of(no, word);
}

}  // namespace

std::filesystem::path this_program() {
  std::error_code error;
  auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error || !std::filesystem::exists(program, error)) return {};
  return program;
}

std::filesystem::path daemon_program(DaemonUse use) {
  const bool wanted = use == DaemonUse::yes ||
                      (use == DaemonUse::automatic && !in_ci(EnvironmentVariables::current()));
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
