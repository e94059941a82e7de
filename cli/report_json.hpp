// The parts of a report as JSON: schemas/build-report.schema.json has their form.
#pragma once

#include "cli/project_report.hpp"
#include "ipc/json_text.hpp"

#include <chrono>
#include <string_view>

namespace axle::cli {

/// Of one project. Its times count from `origin`.
ipc::JsonText json_of(const ProjectReport& project, std::chrono::steady_clock::time_point origin);
ipc::JsonText json_of(const HookReport& hook, std::chrono::steady_clock::time_point origin);
ipc::JsonText json_of(const EnvironmentReport& environment);
ipc::JsonText json_of(const ArtifactReport& artifact);
/// "built", "failed", ...
std::string_view name_of(ProjectReport::Outcome outcome);

/// Seconds, to the millisecond.
ipc::JsonText json_seconds(std::chrono::milliseconds span);
/// A moment as RFC 3339 has it, in UTC: "2026-01-31T23:59:59.123Z".
ipc::JsonText json_time(std::chrono::system_clock::time_point time);

}  // namespace axle::cli
