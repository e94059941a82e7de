// The program axle-backend: puts the parts together and serves.
#include "backend/control_teller.hpp"
#include "backend/guard.hpp"
#include "backend/host.hpp"
#include "backend/native_runner.hpp"
#include "backend/options.hpp"
#include "backend/python_runner.hpp"
#include "backend/strays.hpp"
#include "backend/text_teller.hpp"
#include "backend/training_folder.hpp"
#include "backend/version.hpp"
#include "ipc/command.hpp"
#include "ipc/event.hpp"
#include "ipc/event_loop.hpp"
#include "ipc/fd.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cxxabi.h>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

using namespace axle;
using namespace axle::backend;
using namespace std::chrono_literals;

// For a reader who takes nothing of what was told.
constexpr auto patient_flush = 5s;
constexpr auto hurried_flush = 500ms;
constexpr auto sweep_time = 1s;

/// Standard input becomes ours alone: hooks and their children get /dev/null.
Result<ipc::UniqueFd> take_stdin() {
  ipc::UniqueFd commands(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!commands) return fail_errno(errc::io_error, "cannot move standard input away", errno);
  ipc::UniqueFd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null || dup2(null.number(), STDIN_FILENO) < 0) {
    return fail_errno(errc::io_error, "cannot open /dev/null", errno);
  }
  return commands;
}

std::unique_ptr<HookRunner> make_runner(const Options& options,
                                        const std::filesystem::path& training,
                                        EventPump& pump,
                                        TextTeller* text) {
  const ipc::Stdio out = text ? ipc::Stdio::fd(text->hook_stdout()) : ipc::Stdio::inherit();
  const ipc::Stdio err = text ? ipc::Stdio::fd(text->hook_stderr()) : ipc::Stdio::inherit();
  if (options.module.starts_with(native_prefix)) {
    return std::make_unique<NativeRunner>(options.module.substr(native_prefix.size()), out, err);
  }
  InterpreterSpec spec{.python = {},
                       .module = options.module,
                       .object = options.object,
                       .backend_path = options.backend_path,
                       .hook_isolation = options.hook_isolation,
                       .start_time = options.start_time,
                       .training = training,
                       .immutable_environment = options.immutable_environment,
                       .kept = options.kept,
                       .print_traceback = text != nullptr,
                       .stdout_ = out,
                       .stderr_ = err};
  return std::make_unique<PythonRunner>(options.python, std::move(spec), pump);
}

constexpr int internal_error = 70;
constexpr int io_error = 74;

/// Says `what` where nothing may be allocated: it may be that there is no memory.
void tell_last_words(std::string_view what) noexcept {
  for (const std::string_view words :
       {std::string_view("axle-backend: "), what, std::string_view("\n")}) {
    ipc::write_all(STDERR_FILENO, words);
  }
}

Result<int> serve(const Options& options) {
  ipc::EventLoop loop;
  EventPump pump(loop);
  TRY(auto standard_input, take_stdin());
  Host::Settings settings{.reuse = options.reuse, .start_time = options.start_time};
  std::unique_ptr<Teller> teller;
  TextTeller* text = nullptr;
  if (options.control_fd) {
    ipc::UniqueFd control(*options.control_fd);
    fcntl(control.number(), F_SETFD, FD_CLOEXEC);
    settings.control = loop.watch_lines(std::move(control), ipc::longest_control);
    teller = std::make_unique<ControlTeller>(pump, settings.control);
  } else {
    TRY(auto lines, TextTeller::create(pump));
    text = lines.get();
    teller = std::move(lines);
  }
  // The frontend is the parent, whatever becomes of the pipes between us. One that stays is lent by
  // its parent to others, who may outlive that: they are there as long as the pipes are.
  const pid_t parent = getppid();
  const ipc::UniqueFd parent_pidfd(
      options.warm ? -1 : static_cast<int>(syscall(SYS_pidfd_open, parent, 0)));
  const auto parents_end =
      parent_pidfd ? loop.watch_exit(parent_pidfd.number()) : ipc::SourceId::none;
  if (parent_pidfd && getppid() != parent) return 0;
  const auto signals = loop.watch_signals({SIGINT, SIGTERM, SIGHUP});
  settings.job_control = loop.watch_signals({SIGTSTP, SIGCONT});

  int ended_by_signal = 0;
  // A Ctrl-C is the frontend's to judge. One that has no control descriptor to say so sends it on.
  if (text != nullptr) settings.signals = signals;
  pump.set_filter([&](const ipc::Event& event) { return teller->take(event); });
  pump.set_urgent([&](const ipc::Event& event) {
    if (event.source == ipc::SourceId::none) return false;
    if (event.source == signals) {
      if (event.number == SIGINT) return false;
      ended_by_signal = event.number;
      return true;
    }
    const bool control_lost =
        event.source == settings.control &&
        (event.kind == ipc::Event::Kind::eof || event.kind == ipc::Event::Kind::send_failed);
    // Without a control descriptor a closed standard input only says that no command follows.
    const bool commands_lost =
        text == nullptr && event.source == settings.commands && event.kind == ipc::Event::Kind::eof;
    return event.source == parents_end || control_lost || commands_lost;
  });

  const auto training = options.warm ? choose_training_folder() : std::filesystem::path();
  auto runner = make_runner(options, training, pump, text);
  settings.commands = loop.watch_lines(std::move(standard_input), ipc::longest_command);
  Strays strays;
  const int code = Host(settings, pump, *runner, *teller, strays).serve();
  runner.reset();
  // What its interpreter has left behind has come to us: hooks inside it, the backend's import.
  strays.sweep({}, ipc::deadline_in(sweep_time));
  remove_training_folder(training);
  teller->flush(pump.interrupted() ? hurried_flush : patient_flush);
  return ended_by_signal != 0 ? 128 + ended_by_signal : code;
}

int run(const std::vector<std::string>& arguments) {
  const auto options = parse_options(arguments);
  if (!options) {
    ipc::write_all(STDERR_FILENO,
                   fmt::format("axle-backend: {}\n{}{}",
                               options.error().message,
                               options.error().hint,
                               options.error().hint.empty() ? "" : "\n"));
    return exit_code(options.error());
  }
  if (options->action == Options::Action::help) {
    ipc::write_all(STDOUT_FILENO, help_text());
    return 0;
  }
  if (options->action == Options::Action::version) {
    ipc::write_all(STDOUT_FILENO, fmt::format("axle-backend {}\n", version));
    return 0;
  }
  if (options->action == Options::Action::guard) {
    const auto& words = options->guarded;
    const auto told = run_guarded(
        ipc::UniqueFd(*options->control_fd), words.front(), {words.begin() + 1, words.end()});
    return told ? 0 : exit_code(told.error());  // silently: our stderr is the program's
  }
  const auto code = serve(*options);
  if (!code) {
    ipc::write_all(STDERR_FILENO, fmt::format("axle-backend: {}\n", code.error().message));
    return exit_code(code.error());
  }
  return *code;
}

}  // namespace

int main(int argc, char** argv) {
  ipc::open_standard_fds();
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of its write
  signal(SIGCHLD, SIG_DFL);
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // hook processes of a dead interpreter come to us
  try {
    return run({argv + 1, argv + argc});
  } catch (const abi::__forced_unwind&) {
    throw;
  } catch (const std::system_error& error) {  // of a call that a guest makes for us
    tell_last_words(error.what());
    return io_error;
  } catch (const std::exception& exception) {
    tell_last_words(exception.what());
  } catch (...) {
    tell_last_words("unknown internal error");
  }
  return internal_error;
}
