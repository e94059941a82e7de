#include "cli/step_summary.hpp"

#include "cli/error_text.hpp"
#include "cli/printable.hpp"
#include "cli/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

namespace axle::cli {
namespace {

constexpr std::size_t longest_error = std::size_t{32} * 1024;
constexpr std::string_view left_out = "\nMore does not fit into a summary.\n";

bool is_built(const ProjectReport& project) {
  return project.outcome == ProjectReport::Outcome::built;
}

std::string code(std::string_view foreign) {
  return "<code>" + markdown_text(foreign) + "</code>";
}

std::string title_of(const std::deque<ProjectReport>& projects) {
  const auto failed =
      std::ranges::count_if(projects, [](const auto& one) { return !is_built(one); });
  if (projects.size() == 1) {
    return fmt::format("### {} {}\n",
                       markdown_text(shown_name(projects.front())),
                       failed == 0 ? "is built" : "could not be built");
  }
  if (failed == 0) return fmt::format("### All {} projects are built\n", projects.size());
  return fmt::format("### {} of {} projects could not be built\n", failed, projects.size());
}

// Within <pre> only its end and entities mean anything.
std::string preformatted(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      default: escaped += c;
    }
  }
  return fmt::format("<pre>{}</pre>\n", escaped);
}

std::string failure_of(const ProjectReport& project) {
  std::string_view what = "could not be built";
  if (project.outcome == ProjectReport::Outcome::cancelled) what = "was stopped";
  if (project.outcome == ProjectReport::Outcome::not_begun) what = "was not begun";
  std::string section = fmt::format("\n**{}** {}:\n\n", markdown_text(shown_name(project)), what);
  if (!project.error) return section;
  std::string text = error_text(*project.error, std::nullopt, ErrorDetail::full, Paint());
  if (text.size() > longest_error) {
    text.resize(longest_error);
    text += "\n...";
  }
  return section + preformatted(text);
}

std::string row_of(const ArtifactReport& report) {
  const frontend::Artifact& artifact = report.artifact;
  return fmt::format("| {} | {} | {} |\n",
                     code(artifact.path.filename().string()),
                     format_size(artifact.size),
                     code(report.sha256));
}

std::string_view word_of(HookReport::Outcome outcome) {
  using Outcome = HookReport::Outcome;
  switch (outcome) {
    case Outcome::returned: return "";
    case Outcome::unfinished: return "unfinished";
    case Outcome::failed: return "failed";
    case Outcome::missing: return "there is none";
    case Outcome::unsupported: return "not supported";
    case Outcome::timed_out: return "timed out";
    case Outcome::cancelled: return "stopped";
    case Outcome::backend_gone: return "the backend died";
  }
  return "";
}

std::string row_of(const ProjectReport& project, const HookReport& hook) {
  return fmt::format("| {} | {} | {} | {} |\n",
                     markdown_text(shown_name(project)),
                     code(hook.hook),
                     format_duration(hook.elapsed),
                     word_of(hook.outcome));
}

// Pieces one after another, as long as there is room.
class Page {
 public:
  explicit Page(std::size_t most) : room_(most - std::min(most, left_out.size())) {}

  void add(std::string_view piece) {
    full_ = full_ || piece.size() > room_ - text_.size();
    if (!full_) text_ += piece;
  }
  std::string text() && {
    if (full_ && room_ > 0) text_ += left_out;
    return std::move(text_);
  }

 private:
  const std::size_t room_;
  bool full_ = false;
  std::string text_;
};

}  // namespace

std::string markdown_text(std::string_view foreign) {
  constexpr std::string_view harmless = " -.,+/()='";
  std::string text;
  for (const char c : printable(foreign)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n' || c == '\t') {
      text += ' ';
    } else if (byte >= 0x80 || std::isalnum(byte) != 0 || harmless.contains(c)) {
      text += c;
    } else {
      text += fmt::format("&#{};", byte);
    }
  }
  return text;
}

std::string step_summary(const std::deque<ProjectReport>& projects, std::size_t most) {
  Page page(most);
  page.add(title_of(projects));
  for (const ProjectReport& project : projects) {
    if (!is_built(project)) page.add(failure_of(project));
  }
  const auto artifacts = distinct_artifacts(projects);
  std::vector<std::string> hooks;
  for (const ProjectReport& project : projects) {
    for (const HookReport& hook : project.hooks) hooks.push_back(row_of(project, hook));
  }
  if (!artifacts.empty()) page.add("\n| artifact | size | SHA-256 |\n|---|---:|---|\n");
  for (const ArtifactReport* artifact : artifacts) page.add(row_of(*artifact));
  if (!hooks.empty()) page.add("\n| project | hook | time | |\n|---|---|---:|---|\n");
  for (const std::string& row : hooks) page.add(row);
  page.add("\n");
  return std::move(page).text();
}

}  // namespace axle::cli
