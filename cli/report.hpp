// The report of a command, for programs: one JSON document of the form of
// schemas/build-report.schema.json.
//
//   Report report(arguments.common.report.file);
//   if (auto ready = report.begin(); !ready) ...       // before anything is built
//   ProjectReport* project = report.add({.source = ...});
//   ...
//   report.end(exit_code);
//   if (auto written = report.write(); !written) ...
//
// The file is whole at all times: from the beginning on it says "unfinished", which stays where
// axle is killed.
#pragma once

#include "cli/project_report.hpp"
#include "ipc/error.hpp"
#include "ipc/json_text.hpp"

#include <chrono>
#include <deque>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace axle::cli {

/// Not thread-safe; each of its projects may be written to by a thread of its own.
class Report {
 public:
  /// Goes to `file`; with an empty one nothing is collected, unless `collect` is called.
  explicit Report(std::filesystem::path file) : file_(std::move(file)), collects_(!file_.empty()) {}

  /// Which command it is of; `build` unless this is said.
  void set_command(std::string_view command) noexcept { command_ = command; }
  /// Somebody else than a file wants to know.
  void collect() noexcept { collects_ = true; }

  /// Writes that the command has begun. Fails with `errc::usage` where the file cannot be written.
  [[nodiscard]] Result<> begin() const;
  /// A further project, in the order of the command line; nullptr where nothing is collected. The
  /// pointer stays valid.
  ProjectReport* add(ProjectReport project);
  /// Why the command failed, where that is no project's error. The first one counts.
  void fail(const Error& error);
  /// How the command ended. A later call corrects an earlier one.
  void end(int exit_code);
  /// Writes all that is known, in place of what `begin` wrote. Fails with `errc::io_error`.
  [[nodiscard]] Result<> write() const;

  /// What is known when it begins: who builds which projects.
  [[nodiscard]] std::vector<std::pair<std::string_view, ipc::JsonText>> beginning() const;
  /// How the command ended: outcome, exit_code and error, as the document has them.
  [[nodiscard]] std::vector<std::pair<std::string_view, ipc::JsonText>> ending() const;
  /// The document.
  [[nodiscard]] ipc::JsonText json() const;
  [[nodiscard]] const std::deque<ProjectReport>& projects() const noexcept { return projects_; }

 private:
  const std::filesystem::path file_;
  bool collects_;
  std::string_view command_ = "build";
  const std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::chrono::milliseconds elapsed_{0};
  std::optional<int> exit_code_;  // nothing: it runs
  std::optional<Error> error_;
  std::deque<ProjectReport> projects_;
};

}  // namespace axle::cli
