// The program axle: from the command line to a command, and out again with nothing left behind.
#include "cli/arguments.hpp"
#include "cli/ci_log.hpp"
#include "cli/ci_report.hpp"
#include "cli/dotenv.hpp"
#include "cli/error_text.hpp"
#include "cli/job_control.hpp"
#include "cli/json.hpp"
#include "cli/report.hpp"
#include "cli/session.hpp"
#include "cli/signal_handlers.hpp"
#include "cli/trace.hpp"
#include "frontend/environment_variables.hpp"
#include "frontend/leftovers.hpp"
#include "ipc/fd.hpp"
#include "ipc/private_dir.hpp"
#include "ipc/private_process.hpp"

#include <fmt/format.h>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cxxabi.h>
#include <exception>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>
#include <variant>
#include <vector>

namespace {

using namespace axle;
using namespace axle::cli;

constexpr int internal_error = 70;
constexpr std::chrono::seconds patience_with_leftovers{2};

// Where nothing may be allocated and nobody be asked.
[[noreturn]] void leave_with_last_words() noexcept {
  ipc::write_all(STDERR_FILENO, "error: axle has met a bug of its own and stops\n");
  ::_exit(internal_error);
}

CiService ci_of_process() {
  return detected_ci(frontend::EnvironmentVariables::current());
}

int tell_usage(const Error& error) {
  Terminal terminal(STDERR_FILENO,
                    ci_terminal(ci_of_process(), {.progress = Terminal::Progress::hidden}));
  terminal.print(error_text(error, std::nullopt, ErrorDetail::full, terminal.paint()));
  return exit_code(error);
}

// Text that was asked for is a result; else it is a reproach.
int tell(const Help& help) {
  const bool asked = help.asked == Help::Asked::yes;
  Outlet outlet(asked ? STDOUT_FILENO : STDERR_FILENO);
  outlet.write(help.text);
  if (asked && outlet.failure() != 0) return nobody_reads;
  return asked ? 0 : exit_code(Error{.code = errc::usage, .message = ""});
}

int tell(const Version&) {
  return Outlet(STDOUT_FILENO).write("axle " AXLE_VERSION "\n") ? 0 : nobody_reads;
}

void end_what_is_left(Terminal& terminal, Verbosity verbosity) {
  for (const frontend::Leftover& leftover : frontend::end_leftovers(patience_with_leftovers)) {
    if (verbosity < Verbosity::verbose) continue;
    terminal.print(fmt::format("note: ended {} (process {}), which the build had left behind",
                               terminal.shown(leftover.name),
                               leftover.pid));
  }
  for (const auto& folder : ipc::take_unremovable()) {
    // What was written to has perhaps been ended meanwhile.
    if (ipc::remove_tree(folder) || verbosity < Verbosity::normal) continue;
    terminal.print(
        "note: " + terminal.shown(folder.string()) +
        " cannot be removed: something in it is immutable, mounted, in use or not yours");
  }
}

// Does `work`, which gives an exit code, and writes the report of it, whatever happens.
template <class Work>
int reported(Report& report, const Session& session, const CommonArguments& arguments, Work work) {
  const auto fail = [&](const Error& error) {
    report.fail(error);
    session.terminal.print(
        error_text(error, std::nullopt, ErrorDetail::full, session.terminal.paint()));
    return exit_code(error);
  };
  int code = internal_error;
  try {
    code = work(fail);
  } catch (const std::exception& error) {
    const bool of_system = dynamic_cast<const std::system_error*>(&error) != nullptr;
    const Error told{.code = of_system ? errc::io_error : errc::internal, .message = error.what()};
    report.fail(told);
    report.end(exit_code(told));
    session.events.tell("build_finished", report.ending());
    (void)report.write();
    throw;
  }
  report.end(code);
  if (arguments.report.format == Format::json) {
    const int delivered = deliver(pretty_json(report.json()) + "\n", session);
    if (code == 0) code = delivered;
    report.end(code);
  }
  const auto check = [&](const Result<>& written) {
    if (written) return;
    const int failed = fail(written.error());
    if (code == 0) code = failed;
    report.end(code);
  };
  const auto& dotenv = arguments.report.dotenv;
  if (!dotenv.empty()) check(write_dotenv(report.projects(), dotenv));
  check(report.write());
  session.events.tell("build_finished", report.ending());
  return code;
}

template <class CommandArguments>
int run_command(const CommandArguments& arguments) {
  // First of all, as it looks at the descriptors that axle was started with.
  const auto events = EventStream::open(arguments.common.report.events);
  if (!events) return tell_usage(events.error());
  frontend::Cancellation cancellation;
  const SignalHandlers handlers(cancellation);
  const JobControl job_control;
  frontend::adopt_orphans();
  const CommonArguments& common = arguments.common;
  const bool quiet = common.verbosity < Verbosity::normal;
  const CiService service = common.ci.value_or(ci_of_process());
  Terminal terminal(
      STDERR_FILENO,
      ci_terminal(service,
                  {.color = common.color,
                   .progress = quiet ? Terminal::Progress::hidden : Terminal::Progress::shown,
                   .stop_fd = cancellation.fd()}));
  CiLog ci(service, terminal);
  Outlet output(STDOUT_FILENO, cancellation.fd());
  Report report(common.report.file);
  if (common.report.format == Format::json || wants_report(service) || (*events)->tells() ||
      !common.report.dotenv.empty()) {
    report.collect();
  }
  (*events)->stop_when_readable(cancellation.fd());
  (*events)->on_failure([&](const std::string& sentence) {
    if (!quiet) terminal.print("note: " + sentence);
  });
  if (const auto ready = report.begin(); !ready) return tell_usage(ready.error());
  Trace trace(common.trace);
  const Session session{.terminal = terminal,
                        .output = output,
                        .trace = trace,
                        .report = report,
                        .ci = ci,
                        .events = **events,
                        .cancellation = cancellation};
  const int status = reported(report, session, common, [&](const auto& fail) {
    if (const auto ready = trace.begin(); !ready) return fail(ready.error());
    const int code = run(arguments, session);
    end_what_is_left(terminal, common.verbosity);
    const auto written = trace.write();
    if (written) return code;
    const int failed = fail(written.error());
    return code == 0 ? failed : code;
  });
  report_to_ci(report, frontend::EnvironmentVariables::current(), ci, terminal);
  return status;
}

int run_program(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + std::max(argc, 1));
  const auto arguments = parse_arguments(words);
  if (!arguments) return tell_usage(arguments.error());
  return std::visit(
      [](const auto& chosen) {
        using Chosen = std::remove_cvref_t<decltype(chosen)>;
        if constexpr (std::is_same_v<Chosen, Help> || std::is_same_v<Chosen, Version>) {
          return tell(chosen);
        } else if constexpr (std::is_same_v<Chosen, DaemonArguments>) {
          // The daemon is a process of its own kind: without a terminal, without threads.
          return chosen.action == DaemonArguments::Action::run ? be_daemon(chosen)
                                                               : run_command(chosen);
        } else {
          return run_command(chosen);
        }
      },
      *arguments);
}

}  // namespace

int main(int argc, char** argv) {
  ipc::open_standard_fds();
  ipc::keep_memory_private();
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of its write
  std::set_terminate(leave_with_last_words);
  try {
    return run_program(argc, argv);
  } catch (const abi::__forced_unwind&) {
    throw;
  } catch (const std::system_error& error) {  // the system gives no descriptor to wait with
    ipc::write_all(STDERR_FILENO, fmt::format("error: {}\n", error.what()));
    frontend::end_leftovers(patience_with_leftovers);
    return exit_code(Error{.code = errc::io_error, .message = ""});
  } catch (const std::exception& error) {
    ipc::write_all(STDERR_FILENO, fmt::format("error: internal error: {}\n", error.what()));
    frontend::end_leftovers(patience_with_leftovers);
    return internal_error;
  } catch (...) {
    leave_with_last_words();
  }
}
