// axle doctor: what is right and wrong with this machine and project.
#include "cli/daemon_use.hpp"
#include "cli/json.hpp"
#include "cli/session.hpp"
#include "frontend/diagnosis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <system_error>
#include <vector>

namespace axle::cli {
namespace {

using frontend::Finding;

bool is_source_tree(const std::filesystem::path& folder) {
  std::error_code ignored;
  return std::ranges::any_of(
      std::vector<const char*>{"pyproject.toml", "setup.py", "setup.cfg"},
      [&](const char* name) { return std::filesystem::exists(folder / name, ignored); });
}

std::string as_json(const std::vector<Finding>& findings, bool healthy) {
  std::vector<ipc::JsonText> list;
  for (const Finding& finding : findings) {
    list.push_back(ipc::JsonObject()
                       .add("subject", ipc::json_string(finding.subject))
                       .add("state", ipc::json_string(to_string(finding.state)))
                       .add("message", ipc::json_string(finding.message))
                       .add("advice", ipc::json_string(finding.advice))
                       .text());
  }
  return pretty_json(ipc::JsonObject()
                         .add("healthy", ipc::json_bool(healthy))
                         .add("findings", ipc::json_list(list))
                         .text()) +
         "\n";
}

std::string as_text(const std::vector<Finding>& findings, const Terminal& terminal) {
  constexpr std::size_t message_column = 27;
  std::string text;
  for (const Finding& finding : findings) {
    text += fmt::format("{:<10}{:<17}{}\n",
                        to_string(finding.state),
                        finding.subject,
                        terminal.shown(finding.message));
    if (finding.advice.empty()) continue;
    text += fmt::format("{:{}}{}\n", "", message_column, terminal.shown(finding.advice));
  }
  return text;
}

/// What the project's build backend says when it is asked what its wheel requires.
Finding backend_of(const std::filesystem::path& source,
                   const CommonArguments& arguments,
                   const frontend::Cancellation& cancellation) {
  frontend::Observer silent;
  Error error;
  auto builder = open_project(source, arguments, silent, cancellation);
  if (builder) {
    const auto required = builder->requirements(frontend::ArtifactKind::wheel);
    if (required) {
      return {.state = Finding::State::right,
              .subject = "backend",
              .message = builder->facts().backend + " is there, and answers"};
    }
    error = required.error();
  } else {
    error = builder.error();
  }
  return {.state = Finding::State::wrong,
          .subject = "backend",
          .message = error.message,
          .advice = error.hint.empty() ? "axle requires tells more" : error.hint};
}

}  // namespace

int run(const DoctorArguments& arguments, const Session& session) {
  std::vector<Finding> findings =
      frontend::diagnose_programs(arguments.common.options, AXLE_VERSION, session.cancellation);
  const auto add = [&](std::vector<Finding> more) {
    findings.insert(findings.end(), more.begin(), more.end());
  };
  add(frontend::diagnose_places(this_program()));
  add(frontend::diagnose_system());
  const bool named = !arguments.source.empty();
  const std::filesystem::path source = named ? arguments.source : ".";
  if (named || is_source_tree(source)) add(frontend::diagnose_project(source));
  const bool can_build = std::ranges::none_of(
      findings, [](const Finding& finding) { return finding.state == Finding::State::wrong; });
  if (named && can_build) add({backend_of(source, arguments.common, session.cancellation)});
  if (arguments.online) {
    // What the installer has kept says nothing of the index.
    ::setenv("UV_NO_CACHE", "1", 1);
    ::setenv("PIP_NO_CACHE_DIR", "1", 1);
    add({frontend::diagnose_index(arguments.common.options, session.cancellation)});
  }
  if (session.cancellation.requested()) {
    return exit_code(session.cancellation.error("looking at this machine"));
  }
  const bool healthy = std::ranges::none_of(
      findings, [](const Finding& finding) { return finding.state == Finding::State::wrong; });
  const int delivered = deliver(
      arguments.json ? as_json(findings, healthy) : as_text(findings, session.terminal), session);
  if (delivered != 0 || healthy) return delivered;
  return exit_code(Error{.code = errc::environment_failed, .message = ""});
}

}  // namespace axle::cli
