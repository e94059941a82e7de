#include "backend/warm_interpreter.hpp"

#include "backend/failure.hpp"
#include "backend/stack_dump.hpp"
#include "backend/wait_readable.hpp"
#include "ipc/json.hpp"
#include "ipc/json_text.hpp"
#include "ipc/process_state.hpp"
#include "ipc/times_json.hpp"
#include "ipc/unix_socket.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace axle::backend {
namespace {

using ipc::Event;
using ipc::ExitStatus;
using ipc::HookFailure;
namespace json = ipc::json;
using namespace std::chrono_literals;

constexpr std::size_t longest_message = 1u << 20;
constexpr auto answer_time = 10s;  // for a fork, or for a wait status
constexpr auto leave_time = 500ms;
constexpr auto dying_time = 250ms;  // its end of the socket closed until its own end
constexpr auto death_time = 1s;     // SIGKILL until the end; what takes longer hangs in the kernel

}  // namespace

WarmInterpreter::WarmInterpreter(EventPump& pump, ipc::ChildProcess process)
    : pump_(pump), process_(std::move(process)) {
  death_ = pump_.loop().watch_exit(process_.pidfd());
}

WarmInterpreter::~WarmInterpreter() {
  pump_.forget(death_);
  if (!leaves_when_told()) {
    if (isolation_ != HookIsolation::forked) process_.send_signal_to_group(SIGKILL);
    process_.send_signal(SIGKILL);
  }
  pump_.forget(socket_);
  // Reaped by the end of `process_`, which waits no longer than it may.
}

bool WarmInterpreter::leaves_when_told() noexcept {
  // The exit handlers of the import run then, and those of hooks inside it.
  return alive_ && idle_ && ipc::write_all(passing_.number(), "{\"op\":\"stop\"}\n") &&
         wait_readable(process_.pidfd(), ipc::deadline_in(leave_time));
}

void WarmInterpreter::give_up() noexcept {
  process_.send_signal(SIGKILL);
  alive_ = false;
}

Result<std::unique_ptr<WarmInterpreter>> WarmInterpreter::start(const InterpreterSpec& spec,
                                                                EventPump& pump,
                                                                ipc::Deadline deadline) {
  TRY(auto started, start_interpreter(spec));
  std::unique_ptr<WarmInterpreter> interpreter(
      new WarmInterpreter(pump, std::move(started.process)));
  interpreter->isolation_ = spec.hook_isolation;
  interpreter->stacks_ = std::move(started.stacks);
  TRY(interpreter->lifeline_, ipc::make_pipe());
  interpreter->passing_.reset(fcntl(started.socket.number(), F_DUPFD_CLOEXEC, 3));
  if (!interpreter->passing_) {
    return fail_errno(errc::io_error, "cannot duplicate a socket", errno);
  }
  interpreter->socket_ = pump.loop().watch_lines(std::move(started.socket), longest_message);
  TRY(interpreter->await_start(spec, deadline));
  return interpreter;
}

Result<> WarmInterpreter::await_start(const InterpreterSpec& spec, ipc::Deadline deadline) {
  pump_.loop().send(socket_, start_message(spec));
  TRY(const auto answer, next_answer(deadline));
  if (!answer) return std::unexpected(hanging_import(spec));
  if (answer->op == "failed") {
    TRY(auto failure, failure_in(*answer));
    return std::unexpected(import_error(spec.module, std::move(failure)));
  }
  if (answer->op != "started") {
    return fail(errc::protocol_error, "the warm interpreter answered what nobody asked");
  }
  const json::Object& told = answer->members;
  info_.description = json::get<std::string>(told, "proxy").value_or(spec.module);
  info_.hooks = json::get<std::vector<std::string>>(told, "hooks").value_or(info_.hooks);
  info_.python_version = json::get<std::string>(told, "python").value_or("");
  info_.hook_isolation = to_string(spec.hook_isolation);
  extra_threads_ = json::get<int>(told, "threads").value_or(1) - 1;
  idle_ = true;
  return {};
}

Error WarmInterpreter::hanging_import(const InterpreterSpec& spec) const {
  HookFailure failure;
  failure.exc_type = "ImportTimedOut";
  failure.exc_msg = fmt::format("the import of {} takes too long; gave up waiting", spec.module);
  failure.timed_out = true;
  // An in-tree backend is imported by a child.
  const bool in_child = !spec.backend_path.empty() && isolation_ == HookIsolation::forked;
  const pid_t importer =
      in_child ? ipc::child_of(process_.pid()).value_or(process_.pid()) : process_.pid();
  failure.stack = dump_stack(importer, stacks_.read_end.number());
  Error error{.code = errc::timed_out, .message = failure.exc_msg};
  error.hook_failure = std::make_shared<const HookFailure>(std::move(failure));
  return error;
}

Result<Event> WarmInterpreter::next_line(ipc::Deadline deadline) {
  for (;;) {
    if (!late_.empty()) {
      Event event = std::move(late_.front());
      late_.pop_front();
      return event;
    }
    if (!alive_) return std::unexpected(gone());
    TRY(Event event, pump_.wait_for({socket_, death_}, deadline));
    switch (event.kind) {
      case Event::Kind::deadline:
      case Event::Kind::line: return event;
      case Event::Kind::send_failed:
        // Usually because it is dying, and has closed its end: that is what is to be told.
        if (!wait_readable(process_.pidfd(), ipc::deadline_in(dying_time))) {
          give_up();  // it waits for what it will not get
          death_told_ = true;
          return fail(
              errc::io_error,
              fmt::format("the warm interpreter (pid {}) cannot be told what to do: its socket "
                          "takes nothing",
                          process_.pid()));
        }
        [[fallthrough]];
      case Event::Kind::exited:
      case Event::Kind::eof: {
        // Its end of the socket is closed: it is dying, or as good as dead.
        give_up();
        // What it said before it died comes first.
        for (auto& late : pump_.loop().drain(socket_)) {
          if (late.kind == Event::Kind::line && !late.data.empty()) late_.push_back(late);
        }
        break;
      }
      case Event::Kind::overflow: return fail(errc::protocol_error, "a message was too long");
      default: break;
    }
  }
}

Result<std::optional<InterpreterMessage>> WarmInterpreter::next_answer(ipc::Deadline deadline) {
  for (;;) {
    TRY(const Event event, next_line(deadline));
    if (event.kind == Event::Kind::deadline) return std::nullopt;
    if (auto answer = take(event.data)) return answer;
  }
}

/// Reads a message; nothing if there is nobody who waits for it.
std::optional<InterpreterMessage> WarmInterpreter::take(const std::string& line) {
  auto message = decode_message(line);
  if (!message) return std::nullopt;
  if (message->op == "watch") {
    watched_.learn(message->members);
    return std::nullopt;
  }
  if (message->op != "warm") return message;
  const auto before = std::exchange(warmth_, warmth_in(*message));
  if (!warmth_->training && before) warmth_->training = before->training;
  return std::nullopt;
}

void WarmInterpreter::let_leave() noexcept {
  if (!wait_readable(process_.pidfd(), ipc::deadline_in(leave_time))) {
    give_up();
    wait_readable(process_.pidfd(), ipc::deadline_in(death_time));
  }
  alive_ = false;
  death_told_ = true;  // nobody needs to know
}

void WarmInterpreter::abandon() noexcept {
  give_up();
  death_told_ = true;  // by what became of the hook
}

Error WarmInterpreter::gone() {
  const bool ended = wait_readable(process_.pidfd(), ipc::deadline_in(death_time));
  return {
      .code = errc::backend_gone,
      .message = fmt::format("the warm interpreter (pid {}) {}",
                             process_.pid(),
                             ended ? process_.reap().describe() : "was killed and does not end")};
}

std::optional<std::string> WarmInterpreter::look_at(const Event& event) {
  const bool ours =
      event.source != ipc::SourceId::none && (event.source == death_ || event.source == socket_);
  if (event.source == socket_ && event.kind == Event::Kind::line) take(event.data);
  if (ours && (event.kind == Event::Kind::exited || event.kind == Event::Kind::eof)) give_up();
  if (alive_ || death_told_) return std::nullopt;
  death_told_ = true;
  return gone().message;
}

Result<HookProcess> WarmInterpreter::launch(const ipc::Command& command) {
  if (!alive_) return std::unexpected(gone());
  TRY(auto reply, ipc::make_pipe());
  const std::uint64_t id = ++launched_;
  const auto cwd = command.cwd ? ipc::json_string(command.cwd->native()) : ipc::JsonText{};
  const auto umask = command.umask ? ipc::json_unsigned(*command.umask) : ipc::JsonText{};
  const auto reply_path = fmt::format("/proc/{}/fd/{}", getpid(), reply.read_end.number());
  ipc::JsonObject message;
  message.add("op", ipc::json_string("run"))
      .add("id", ipc::json_unsigned(id))
      .add("cmd", ipc::json_string(command.cmd))
      .add("kwargs", command.kwargs)
      .add("cwd", cwd)
      .add("umask", umask)
      .add("reply", ipc::json_string(reply_path))
      .add("look", ipc::json_bool(watched_.may_have_changed()));
  if (command.env) message.add("env", ipc::json_string_map(*command.env));
  const int passed[] = {reply.write_end.number(), lifeline_.read_end.number()};
  idle_ = false;
  if (auto sent = ipc::send_with_fds(passing_.number(), "\n", passed); !sent) {
    give_up();
    return std::unexpected(gone());
  }
  pump_.loop().send(socket_, message.text().text + "\n");
  HookProcess hook;
  TRY(hook.pid, await_hook(id));
  hook.pidfd.reset(static_cast<int>(syscall(SYS_pidfd_open, hook.pid, 0)));
  if (!hook.pidfd) {
    const int error = errno;
    give_up();
    death_told_ = true;           // by the error
    lifeline_.write_end.reset();  // nobody watches the hook, so it must not run on
    return fail_errno(errc::io_error, "cannot watch the hook process", error);
  }
  hook.stack_fd = stacks_.read_end.number();
  hook.reply = std::move(reply.read_end);
  hook.reply_writer = std::move(reply.write_end);
  hook.ends_with_hook = isolation_ != HookIsolation::in_line;
  hook.says_when_it_leaves = isolation_ == HookIsolation::forked;
  idle_ = true;
  return hook;
}

Result<pid_t> WarmInterpreter::await_hook(std::uint64_t id) {
  for (const auto deadline = ipc::deadline_in(answer_time);;) {
    TRY(const auto answer, next_answer(deadline));
    if (!answer) {
      give_up();
      death_told_ = true;           // by the error
      lifeline_.write_end.reset();  // nobody watches a hook that begins now
      return fail(errc::timed_out,
                  fmt::format("the warm interpreter (pid {}) did not answer", process_.pid()));
    }
    if (json::get<std::uint64_t>(answer->members, "id") != id) continue;
    if (answer->op == "forked") {
      const auto pid = json::get<int>(answer->members, "pid");
      if (pid && *pid > 1) return *pid;
      return fail(errc::protocol_error, "the hook process has no number");
    }
    if (answer->op == "stale") {
      decisive_ =
          json::get<std::vector<std::string>>(answer->members, "variables").value_or(decisive_);
      let_leave();
      return fail(errc::backend_gone, "the warm interpreter is not as a new one would be");
    }
    if (answer->op != "failed") continue;
    idle_ = true;
    TRY(auto failure, failure_in(*answer));
    failure.exc_msg = fmt::format("cannot start a hook process: {}", failure.exc_msg);
    Error error{.code = errc::io_error, .message = failure.exc_msg};
    error.hook_failure = std::make_shared<const ipc::HookFailure>(std::move(failure));
    return std::unexpected(std::move(error));
  }
}

ExitStatus WarmInterpreter::reap(const HookProcess& hook) {
  if (isolation_ != HookIsolation::forked) {
    alive_ = false;
    death_told_ = true;  // by what becomes of the hook
    return process_.reap();
  }
  if (alive_) {
    pump_.loop().send(socket_, fmt::format("{{\"op\":\"reap\",\"pid\":{}}}\n", hook.pid));
    for (const auto deadline = ipc::deadline_in(answer_time);;) {
      const auto told = next_answer(deadline);
      if (!told || !*told) break;
      const InterpreterMessage& answer = **told;
      if (answer.op != "reaped") continue;
      if (json::get<int>(answer.members, "pid") != hook.pid) continue;
      const auto status = json::get<int>(answer.members, "status");
      used_ = json::processor_time(answer.members);
      // A hook has made children of it. They are ours once it has left.
      if (json::get<bool>(answer.members, "strangers").value_or(false)) let_leave();
      return ExitStatus::from_wait_status(status.value_or(0));
    }
    give_up();
  }
  if (wait_readable(process_.pidfd(), ipc::deadline_in(death_time))) process_.reap();
  // The interpreter is dead, so its orphan has become ours: the host is a subreaper. It has perhaps
  // been killed only now.
  wait_readable(hook.pidfd.number(), ipc::deadline_in(death_time));
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
