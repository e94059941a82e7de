// What every command does: open a project, tell an error, deliver the result.
#pragma once

#include "cli/arguments.hpp"
#include "cli/build_observer.hpp"
#include "cli/ci_log.hpp"
#include "cli/event_stream.hpp"
#include "cli/outlet.hpp"
#include "cli/report.hpp"
#include "cli/terminal.hpp"
#include "cli/trace.hpp"
#include "frontend/builder.hpp"
#include "frontend/cancellation.hpp"
#include "ipc/error.hpp"

#include <filesystem>
#include <string_view>

namespace axle::cli {

/// The exit code of a program whose standard output nobody reads: 128 + SIGPIPE.
inline constexpr int nobody_reads = 141;

/// Where a command talks to, and what may stop it. All outlive the session.
struct Session {
  Terminal& terminal;
  Outlet& output;  ///< Standard output.
  Trace& trace;
  Report& report;
  CiLog& ci;
  EventStream& events;
  frontend::Cancellation& cancellation;
};

/// Opens a project with the options of the command line. `named` is the source as the user names
/// it, where that is another: what is said of one project counts by it. Fails with `errc::usage`
/// for a setting that is none, and as `Builder::open` does.
Result<frontend::Builder> open_project(const std::filesystem::path& source,
                                       const CommonArguments& arguments,
                                       frontend::Observer& observer,
                                       const frontend::Cancellation& cancellation,
                                       const std::filesystem::path& named = {});

/// Puts the one project that `command` asks something of into the report, where --report wants one;
/// nullptr: it does not.
ProjectReport* report_on(const std::filesystem::path& source,
                         std::string_view command,
                         const CommonArguments& arguments,
                         const Session& session);

/// Tells the error with the output of the step that failed, where `observer` tells of its build,
/// and returns the exit code.
int tell_error(const Error& error, BuildObserver& observer, Verbosity verbosity);

/// Writes results to standard output and returns the exit code: 0; `nobody_reads`, silently; 74.
int deliver(std::string_view results, const Session& session);

/// The commands. Each returns the exit code of the program; all has been told by then.
int run(const BuildArguments& arguments, const Session& session);
int run(const MetadataArguments& arguments, const Session& session);
int run(const RequiresArguments& arguments, const Session& session);
int run(const HookArguments& arguments, const Session& session);
int run(const EnvArguments& arguments, const Session& session);
int run(const DaemonArguments& arguments, const Session& session);
int run(const DoctorArguments& arguments, const Session& session);

/// axle build --list. Standard output has what could be read; the exit code is that of the first
/// project that could not.
int list_builds(const BuildArguments& arguments, const Session& session);

/// axle daemon run. The process must have one thread.
int be_daemon(const DaemonArguments& arguments);

}  // namespace axle::cli
