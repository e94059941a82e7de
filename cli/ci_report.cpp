#include "cli/ci_report.hpp"

#include "cli/printable.hpp"
#include "cli/report_json.hpp"
#include "cli/source_location.hpp"
#include "cli/step_summary.hpp"
#include "ipc/fd.hpp"
#include "ipc/outcome.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace axle::cli {
namespace {

using std::filesystem::path;

// GitHub keeps no more of a summary, and drops one that is longer.
constexpr std::size_t longest_summary = std::size_t{1024} * 1024;
constexpr std::size_t longest_message = std::size_t{4} * 1024;

// Appends to a regular file what `text` makes for one of so many bytes. The service has made it;
// one that was exchanged for something else is not followed.
Result<> append(const path& file, const std::function<std::string(std::size_t)>& text) {
  constexpr int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  const ipc::UniqueFd fd(::open(file.c_str(), flags, 0644));
  if (!fd) return fail_errno(errc::io_error, "cannot open " + file.string(), errno);
  struct stat status{};
  if (::fstat(fd.number(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return fail(errc::io_error, file.string() + " is no regular file");
  }
  if (ipc::write_all(fd.number(), text(static_cast<std::size_t>(status.st_size)))) return {};
  return fail(errc::io_error, "cannot write to " + file.string());
}

// As people know it there: beneath the workspace, else where it is.
path from_workspace(const path& file, const path& workspace) {
  if (workspace.empty()) return file;
  std::error_code error;
  const path relative =
      std::filesystem::weakly_canonical(file, error)
          .lexically_relative(std::filesystem::weakly_canonical(workspace, error));
  const bool is_beneath = !error && !relative.empty() && *relative.begin() != "..";
  return is_beneath ? relative : file;
}

std::string message_of(const Error& error) {
  std::string message = error.message;
  if (const ipc::HookFailure* failure = error.hook_failure.get();
      failure != nullptr && !message.contains(failure->exc_msg)) {
    message += "\n" + failure->exc_msg;
  }
  if (!error.hint.empty()) message += "\n" + error.hint;
  message = printable(message);
  if (message.size() > longest_message) message.resize(longest_message);
  return message;
}

// For the steps that follow: `fromJSON(steps.build.outputs.artifacts)[0].path`.
std::string outputs_of(const Report& report) {
  std::vector<ipc::JsonText> artifacts;
  std::string paths;
  for (const ArtifactReport* artifact : distinct_artifacts(report.projects())) {
    artifacts.push_back(json_of(*artifact));
    if (!paths.empty()) paths += '\n';
    paths += artifact->artifact.path.native();
  }
  const std::string delimiter = "axle_" + unguessable_word();
  return github_output("artifacts", ipc::json_list(artifacts).text, delimiter) +
         github_output("paths", paths, delimiter);
}

}  // namespace

bool wants_report(CiService service) noexcept {
  return service == CiService::github;
}

std::optional<Annotation> annotation_of(const ProjectReport& project, const path& workspace) {
  if (project.outcome != ProjectReport::Outcome::failed || !project.error) return {};
  Annotation annotation{.title = printable(shown_name(project)) + " could not be built",
                        .message = message_of(*project.error)};
  if (const auto location = location_of(*project.error, project.source)) {
    annotation.file = from_workspace(project.source / location->file, workspace).string();
    annotation.line = location->line;
  }
  return annotation;
}

void report_to_ci(const Report& report,
                  const frontend::EnvironmentVariables& variables,
                  CiLog& log,
                  Terminal& terminal) {
  if (!wants_report(log.service()) || report.projects().empty()) return;
  log.close_group();
  const path workspace = variables.value("GITHUB_WORKSPACE").value_or("");
  for (const ProjectReport& project : report.projects()) {
    if (const auto annotation = annotation_of(project, workspace)) log.annotate(*annotation);
  }
  const auto write = [&](const char* variable, const auto& text) {
    const std::string file = variables.value(variable).value_or("");
    if (file.empty()) return;
    if (const auto written = append(file, text); !written) {
      terminal.print(fmt::format("note: {}: {}", variable, printable(written.error().message)));
    }
  };
  write("GITHUB_STEP_SUMMARY", [&](std::size_t size) {
    return step_summary(report.projects(), longest_summary - std::min(size, longest_summary));
  });
  write("GITHUB_OUTPUT", [&](std::size_t) { return outputs_of(report); });
}

}  // namespace axle::cli
