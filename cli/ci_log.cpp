#include "cli/ci_log.hpp"

#include "cli/printable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <utility>

namespace axle::cli {
namespace {

// GitLab's log folds by marks that a terminal does not show.
std::string gitlab_mark(std::string_view what, std::string_view section) {
  return fmt::format("\x1b[0Ksection_{}:{}:{}\r\x1b[0K", what, std::time(nullptr), section);
}

std::string one_line(std::string_view text) {
  std::string line = printable(text);
  std::ranges::replace_if(line, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return line;
}

}  // namespace

Terminal::Options ci_terminal(CiService service, Terminal::Options options) {
  if (service == CiService::none) return options;
  options.environment.term = "dumb";
  if (service != CiService::github) return options;
  const std::string token = unguessable_word();
  options.before = github_stop(token);
  options.after = github_resume(token);
  return options;
}

bool CiLog::has_groups() const noexcept {
  return service_ == CiService::github || service_ == CiService::gitlab;
}

void CiLog::open_group(std::string_view name) {
  close_group();
  if (!has_groups()) return;
  open_ = fmt::format("axle_{}", ++groups_);
  if (service_ == CiService::github) return terminal_.command(github_group(one_line(name)));
  terminal_.command(gitlab_mark("start", open_) + one_line(name) + "\n");
}

void CiLog::close_group() {
  const std::string open = std::exchange(open_, {});
  if (open.empty()) return;
  if (service_ == CiService::github) return terminal_.command(github_group_end);
  terminal_.command(gitlab_mark("end", open) + "\n");
}

void CiLog::annotate(const Annotation& annotation) {
  if (service_ == CiService::github) terminal_.command(github_annotation(annotation));
}

}  // namespace axle::cli
