#include "cli/report.hpp"

#include "cli/error_json.hpp"
#include "cli/json.hpp"
#include "cli/report_json.hpp"
#include "ipc/private_dir.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <string_view>
#include <vector>

namespace axle::cli {
namespace {

using ipc::JsonText;

constexpr int first_of_signals = 128;

std::string_view outcome_of(const std::optional<int>& exit_code, std::string_view command) {
  if (!exit_code) return "unfinished";
  if (*exit_code == 0) return command == "build" ? "built" : "done";
  return *exit_code > first_of_signals ? "cancelled" : "failed";
}

}  // namespace

Result<> Report::begin() const {
  auto written = write();
  if (written) return {};
  return axle::fail(errc::usage,
                    fmt::format("--report: {}", written.error().message),
                    "choose a file in a folder that is there");
}

ProjectReport* Report::add(ProjectReport project) {
  if (!collects_) return nullptr;
  return &projects_.emplace_back(std::move(project));
}

void Report::fail(const Error& error) {
  if (!error_) error_ = error;
}

void Report::end(int exit_code) {
  exit_code_ = exit_code;
  elapsed_ = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin_);
}

Result<> Report::write() const {
  if (file_.empty()) return {};
  return ipc::write_file_atomically(file_, pretty_json(json()) + "\n");
}

std::vector<std::pair<std::string_view, JsonText>> Report::beginning() const {
  std::vector<JsonText> sources;
  for (const auto& project : projects_)
    sources.push_back(ipc::json_string(project.source.native()));
  return {{"events_version", ipc::json_integer(1)},
          {"axle_version", ipc::json_string(AXLE_VERSION)},
          {"command", ipc::json_string(command_)},
          {"pid", ipc::json_integer(::getpid())},
          {"projects", ipc::json_list(sources)}};
}

std::vector<std::pair<std::string_view, JsonText>> Report::ending() const {
  return {{"outcome", ipc::json_string(outcome_of(exit_code_, command_))},
          {"exit_code", exit_code_ ? ipc::json_integer(*exit_code_) : JsonText{}},
          {"error", error_ ? json_of(*error_) : JsonText{}}};
}

JsonText Report::json() const {
  std::vector<JsonText> projects;
  for (const ProjectReport& project : projects_) projects.push_back(json_of(project, begin_));
  ipc::JsonObject document;
  document.add("report_version", ipc::json_integer(1))
      .add("axle_version", ipc::json_string(AXLE_VERSION))
      .add("command", ipc::json_string(command_))
      .add("started", json_time(started_))
      .add("elapsed_s", json_seconds(elapsed_));
  for (const auto& [key, value] : ending()) document.add(key, value);
  return document.add("projects", ipc::json_list(projects)).text();
}

}  // namespace axle::cli
