#include "backend/warm_interpreter.hpp"

#include "backend/failure.hpp"
#include "backend/zygote_source.hpp"
#include "ipc/json.hpp"
#include "ipc/outcome.hpp"
#include "ipc/unix_socket.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace axle::backend {
namespace {

using ipc::Event;
using ipc::ExitStatus;
using ipc::Json;
using namespace std::chrono_literals;

constexpr std::size_t longest_message = 1u << 20;
constexpr auto answer_time = 10s;  // for a fork, or for a wait status

/// The zygote's source as a file that exists only as a descriptor.
Result<ipc::UniqueFd> source_file() {
  ipc::UniqueFd file(memfd_create("axle-zygote", MFD_CLOEXEC));
  if (!file) return fail_errno(errc::io_error, "cannot make a memory file", errno);
  if (!ipc::write_all(file.number(), zygote_source())) {
    return fail_errno(errc::io_error, "cannot write a memory file", errno);
  }
  if (lseek(file.number(), 0, SEEK_SET) != 0) {
    return fail_errno(errc::io_error, "cannot rewind a memory file", errno);
  }
  return file;
}

Json optional_text(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

}  // namespace

WarmInterpreter::WarmInterpreter(EventPump& pump, ipc::ChildProcess process)
    : pump_(pump), process_(std::move(process)) {
  death_ = pump_.loop().watch_exit(process_.pidfd());
}

WarmInterpreter::~WarmInterpreter() {
  pump_.forget(socket_);
  pump_.forget(death_);
  if (hooks_inside_) process_.send_signal_to_group(SIGKILL);
  process_.send_signal(SIGKILL);
  process_.reap();
}

Result<std::unique_ptr<WarmInterpreter>> WarmInterpreter::start(const InterpreterSpec& spec,
                                                                EventPump& pump,
                                                                ipc::Deadline deadline) {
  TRY(auto source, source_file());
  TRY(auto sockets, ipc::make_socket_pair());
  const bool hooks_inside = spec.hook_isolation != HookIsolation::forked;
  auto process = ipc::ChildProcess::spawn({
      .program = spec.python,
      .arguments = {"-c", std::string(zygote_boot_line())},
      .stdin_ = ipc::Stdio::null(),
      .stdout_ = spec.stdout_,
      .stderr_ = spec.stderr_,
      .extra_fds = {source.number(), sockets.theirs.number()},
      .session = hooks_inside ? ipc::SpawnOptions::Session::own
                              : ipc::SpawnOptions::Session::callers,
  });
  if (!process) {
    Error error = std::move(process).error();
    error.code = errc::environment_failed;
    return std::unexpected(std::move(error));
  }
  std::unique_ptr<WarmInterpreter> interpreter(new WarmInterpreter(pump, *std::move(process)));
  interpreter->hooks_inside_ = hooks_inside;
  interpreter->passing_.reset(fcntl(sockets.ours.number(), F_DUPFD_CLOEXEC, 3));
  if (!interpreter->passing_) {
    return fail_errno(errc::io_error, "cannot duplicate a socket", errno);
  }
  interpreter->socket_ = pump.loop().watch_lines(std::move(sockets.ours), longest_message);
  TRY(interpreter->await_start(spec, deadline));
  return interpreter;
}

Result<> WarmInterpreter::await_start(const InterpreterSpec& spec, ipc::Deadline deadline) {
  Json folders = Json::array();
  for (const auto& folder : spec.backend_path) folders.push_back(ipc::text_of(folder));
  const Json message = {
      {"op", "start"},
      {"backend", spec.module},
      {"object", optional_text(spec.object)},
      {"backend_path", folders},
      {"isolation", hooks_inside_ ? "inline" : "forked"},
      {"print_traceback", spec.print_traceback},
      {"host_pid", static_cast<int>(getpid())},
  };
  pump_.loop().send(socket_, ipc::dump(message) + "\n");
  TRY(Event event, next_line(deadline));
  if (event.kind == Event::Kind::deadline) {
    return fail(errc::timed_out,
                fmt::format("the import of {} takes too long; gave up waiting", spec.module));
  }
  const auto answer = ipc::parse(event.data);
  if (answer && answer->value("op", "") == "failed" && answer->contains("failure")) {
    TRY(auto outcome, ipc::decode_outcome(ipc::dump((*answer)["failure"])));
    if (auto* failure = std::get_if<ipc::HookFailure>(&outcome)) {
      return std::unexpected(import_error(spec.module, std::move(*failure)));
    }
  }
  if (!answer || answer->value("op", "") != "started") {
    return fail(errc::protocol_error, "the warm interpreter answered what nobody asked");
  }
  info_.description = answer->value("proxy", "");
  info_.hooks = answer->value("hooks", std::vector<std::string>());
  info_.python_version = answer->value("python", "");
  info_.hook_isolation = to_string(spec.hook_isolation);
  extra_threads_ = answer->value("threads", 1) - 1;
  return {};
}

Result<Event> WarmInterpreter::next_line(ipc::Deadline deadline) {
  for (;;) {
    if (!alive_) return std::unexpected(gone());
    TRY(Event event, pump_.wait_for({socket_, death_}, deadline));
    switch (event.kind) {
      case Event::Kind::deadline:
      case Event::Kind::line: return event;
      case Event::Kind::exited:
      case Event::Kind::eof: {
        // What it said before it died comes first.
        for (auto& late : pump_.loop().drain(socket_)) {
          if (late.kind == Event::Kind::line && !late.data.empty()) return late;
        }
        // Its end of the socket is closed: it is dying, or as good as dead.
        process_.send_signal(SIGKILL);
        alive_ = false;
        break;
      }
      case Event::Kind::overflow: return fail(errc::protocol_error, "a message was too long");
      default: break;
    }
  }
}

Error WarmInterpreter::gone() {
  const ExitStatus status = process_.reap();
  return {.code = errc::backend_gone,
          .message = fmt::format(
              "the warm interpreter (pid {}) {}", process_.pid(), status.describe())};
}

std::optional<std::string> WarmInterpreter::look_at(const Event& event) {
  if (!alive_ || event.source == ipc::SourceId::none) return std::nullopt;
  if (event.source != death_ && event.source != socket_) return std::nullopt;
  if (event.kind != Event::Kind::exited && event.kind != Event::Kind::eof) return std::nullopt;
  process_.send_signal(SIGKILL);
  alive_ = false;
  return gone().message;
}

Result<HookProcess> WarmInterpreter::launch(const ipc::Command& command) {
  if (!alive_) return std::unexpected(gone());
  TRY(auto kwargs, ipc::parse(command.kwargs.text));
  TRY(auto reply, ipc::make_pipe());
  const std::uint64_t id = ++launched_;
  Json message = {
      {"op", "run"},
      {"id", id},
      {"cmd", command.cmd},
      {"kwargs", std::move(kwargs)},
      {"cwd", command.cwd ? Json(ipc::text_of(*command.cwd)) : Json(nullptr)},
      {"env", nullptr},
      {"umask", command.umask ? Json(*command.umask) : Json(nullptr)},
      {"reply", fmt::format("/proc/{}/fd/{}", getpid(), reply.read_end.number())},
  };
  if (command.env) {
    Json variables = Json::object();
    for (const auto& [name, value] : *command.env) {
      variables[ipc::text_of(name)] = ipc::text_of(value);
    }
    message["env"] = std::move(variables);
  }
  const int passed[] = {reply.write_end.number()};
  if (auto sent = ipc::send_with_fds(passing_.number(), "\n", passed); !sent) {
    process_.send_signal(SIGKILL);
    alive_ = false;
    return std::unexpected(gone());
  }
  reply.write_end.reset();
  pump_.loop().send(socket_, ipc::dump(message) + "\n");
  for (;;) {
    TRY(Event event, next_line(ipc::deadline_in(answer_time)));
    if (event.kind == Event::Kind::deadline) {
      process_.send_signal(SIGKILL);
      alive_ = false;
      return std::unexpected(gone());
    }
    const auto answer = ipc::parse(event.data);
    if (!answer || answer->value("op", "") != "forked" || answer->value("id", 0u) != id) continue;
    HookProcess hook;
    hook.pid = answer->value("pid", 0);
    if (hook.pid <= 1) return fail(errc::protocol_error, "the hook process has no number");
    hook.pidfd.reset(static_cast<int>(syscall(SYS_pidfd_open, hook.pid, 0)));
    if (!hook.pidfd) return fail_errno(errc::io_error, "cannot watch the hook process", errno);
    hook.reply = std::move(reply.read_end);
    hook.ends_with_hook = !hooks_inside_;
    return hook;
  }
}

ExitStatus WarmInterpreter::reap(const HookProcess& hook) {
  if (hooks_inside_) {
    alive_ = false;
    return process_.reap();
  }
  if (alive_) {
    pump_.loop().send(socket_, fmt::format("{{\"op\":\"reap\",\"pid\":{}}}\n", hook.pid));
    for (const auto deadline = ipc::deadline_in(answer_time);;) {
      const auto event = next_line(deadline);
      if (!event || event->kind == Event::Kind::deadline) break;
      const auto answer = ipc::parse(event->data);
      if (!answer || answer->value("op", "") != "reaped") continue;
      if (answer->value("pid", 0) != hook.pid) continue;
      return ExitStatus::from_wait_status(answer->value("status", 0));
    }
    process_.send_signal(SIGKILL);
    alive_ = false;
    process_.reap();
  }
  // The interpreter is dead, so its orphan has become ours: the host is a subreaper.
  siginfo_t info{};
  if (waitid(P_PID, static_cast<id_t>(hook.pid), &info, WEXITED | WNOHANG) == 0 &&
      info.si_pid == hook.pid) {
    const bool signalled = info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
    return {.code = signalled ? 0 : info.si_status,
            .signal = signalled ? info.si_status : 0,
            .core_dumped = info.si_code == CLD_DUMPED};
  }
  return {.code = 1};
}

}  // namespace axle::backend
