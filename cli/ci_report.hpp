// What a CI service is told once a command is over: an error beside each line that is to blame, and
// on GitHub also the summary and the outputs of the step.
#pragma once

#include "cli/ci_log.hpp"
#include "cli/report.hpp"
#include "cli/terminal.hpp"
#include "frontend/environment_variables.hpp"

#include <filesystem>
#include <optional>

namespace axle::cli {

/// Whether there is something to tell this service afterwards, for which a report is collected.
[[nodiscard]] bool wants_report(CiService service) noexcept;

/// Tells what `report` has collected, where that is anything. `variables` name the workspace and
/// the files of the step. What cannot be written is a notice on `terminal`: nothing fails for it.
void report_to_ci(const Report& report,
                  const frontend::EnvironmentVariables& variables,
                  CiLog& log,
                  Terminal& terminal);

/// The error of a project that failed by itself; `workspace` may be empty.
std::optional<Annotation> annotation_of(const ProjectReport& project,
                                        const std::filesystem::path& workspace);

}  // namespace axle::cli
