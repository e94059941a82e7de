// What came of a command, as a page: Markdown for the summary of a CI step.
#pragma once

#include "cli/project_report.hpp"

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace axle::cli {

/// Failures with their errors, artifacts with size and SHA-256, hooks with their times. At most
/// `most` bytes: what does not fit is left out, and that is said. Whatever a backend or a project
/// says stands there as text.
std::string step_summary(const std::deque<ProjectReport>& projects, std::size_t most);

/// Foreign text as Markdown, on one line: nothing in it is markup.
std::string markdown_text(std::string_view foreign);

}  // namespace axle::cli
