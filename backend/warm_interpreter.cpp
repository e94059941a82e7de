#include "backend/warm_interpreter.hpp"

#include "backend/failure.hpp"
#include "backend/stack_dump.hpp"
#include "backend/wait_readable.hpp"
#include "backend/zygote_source.hpp"
#include "ipc/json.hpp"
#include "ipc/outcome.hpp"
#include "ipc/process_state.hpp"
#include "ipc/times_json.hpp"
#include "ipc/unix_socket.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

namespace axle::backend {
namespace {

using ipc::Event;
using ipc::ExitStatus;
using ipc::HookFailure;
namespace json = ipc::json;
using namespace std::chrono_literals;

constexpr int stack_fd_in_child = 5;
constexpr std::size_t longest_message = 1u << 20;
constexpr auto answer_time = 10s;  // for a fork, or for a wait status
constexpr auto leave_time = 500ms;
constexpr auto death_time = 1s;  // SIGKILL until the end; what takes longer hangs in the kernel

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

ipc::JsonText optional_text(const std::string& text) {
  return text.empty() ? ipc::JsonText{} : ipc::json_string(text);
}

/// Our environment, but for what the spec says otherwise.
std::map<std::string, std::string> environment_of(const InterpreterSpec& spec) {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto end = text.find('=');
    if (end != text.npos) variables.emplace(text.substr(0, end), text.substr(end + 1));
  }
  for (const auto& [name, value] : spec.variables) {
    variables.erase(name);
    if (value) variables.emplace(name, *value);
  }
  return variables;
}

std::vector<std::string> as_entries(const std::map<std::string, std::string>& variables) {
  std::vector<std::string> entries;
  for (const auto& [name, value] : variables) entries.push_back(name + "=" + value);
  return entries;
}

ipc::JsonText as_json(const std::map<std::string, std::string>& variables) {
  ipc::JsonObject object;
  for (const auto& [name, value] : variables) object.add(name, ipc::json_string(value));
  return object.text();
}

/// The failure in a message `failed`.
Result<ipc::HookFailure> failure_in(const json::Object& members) {
  const json::Value* failure = json::find(members, "failure");
  TRY(auto outcome, ipc::decode_outcome(failure ? json::to_text(*failure).text : ""));
  if (auto* told = std::get_if<ipc::HookFailure>(&outcome)) return std::move(*told);
  return fail(errc::protocol_error, "the warm interpreter told a failure that is none");
}

}  // namespace

/// One message of the zygote.
struct WarmInterpreter::Answer {
  json::Object members;
  std::string op;
};

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
  TRY(auto source, source_file());
  TRY(auto sockets, ipc::make_socket_pair());
  TRY(auto stacks, ipc::make_pipe());
  for (const auto* end : {&stacks.read_end, &stacks.write_end}) {
    fcntl(end->number(), F_SETFL, O_NONBLOCK);  // nobody waits for a full or an empty pipe
  }
  std::vector<std::string> arguments{"-c", std::string(zygote_boot_line())};
  if (!spec.kept.empty()) arguments.push_back(spec.kept / zygote_digest());
  auto process = ipc::ChildProcess::spawn({
      .program = spec.python,
      .arguments = std::move(arguments),
      .environment = as_entries(environment_of(spec)),
      .stdin_ = ipc::Stdio::null(),
      .stdout_ = spec.stdout_,
      .stderr_ = spec.stderr_,
      .extra_fds = {source.number(), sockets.theirs.number(), stacks.write_end.number()},
      // Not in our group: who kills that must leave it alive, to end the hooks of it. While it
      // imports the backend, and does not listen, the system ends it when we die.
      .session = ipc::SpawnOptions::Session::own,
      .with_caller = ipc::SpawnOptions::WithCaller::terminates,
  });
  if (!process) {
    Error error = std::move(process).error();
    error.code = errc::environment_failed;
    return std::unexpected(std::move(error));
  }
  std::unique_ptr<WarmInterpreter> interpreter(new WarmInterpreter(pump, *std::move(process)));
  interpreter->isolation_ = spec.hook_isolation;
  interpreter->stacks_ = std::move(stacks);
  TRY(interpreter->lifeline_, ipc::make_pipe());
  interpreter->passing_.reset(fcntl(sockets.ours.number(), F_DUPFD_CLOEXEC, 3));
  if (!interpreter->passing_) {
    return fail_errno(errc::io_error, "cannot duplicate a socket", errno);
  }
  interpreter->socket_ = pump.loop().watch_lines(std::move(sockets.ours), longest_message);
  TRY(interpreter->await_start(spec, deadline));
  return interpreter;
}

Result<> WarmInterpreter::await_start(const InterpreterSpec& spec, ipc::Deadline deadline) {
  std::vector<std::string> folders;
  for (const auto& folder : spec.backend_path) folders.push_back(folder.native());
  ipc::JsonObject message;
  message.add("op", ipc::json_string("start"))
      .add("backend", ipc::json_string(spec.module))
      .add("object", optional_text(spec.object))
      .add("backend_path", ipc::json_strings(folders))
      .add("isolation", ipc::json_string(to_string(isolation_)))
      .add("warm", optional_text(spec.training.native()))
      .add("immutable_environment", ipc::json_bool(spec.immutable_environment))
      .add("print_traceback", ipc::json_bool(spec.print_traceback))
      .add("stack_fd", ipc::json_integer(stack_fd_in_child))
      .add("stack_signal", ipc::json_integer(stack_signals().polite))
      .add("rude_stack_signal", ipc::json_integer(stack_signals().rude))
      .add("environment", as_json(environment_of(spec)))
      .add("host_pid", ipc::json_integer(getpid()));
  pump_.loop().send(socket_, message.text().text + "\n");
  TRY(const auto answer, next_answer(deadline));
  if (!answer) return std::unexpected(hanging_import(spec));
  if (answer->op == "failed") {
    TRY(auto failure, failure_in(answer->members));
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
      case Event::Kind::send_failed: {
        give_up();  // it waits for what it will not get
        death_told_ = true;
        return fail(
            errc::io_error,
            fmt::format("the warm interpreter (pid {}) cannot be told what to do: its socket "
                        "takes nothing",
                        process_.pid()));
      }
      default: break;
    }
  }
}

Result<std::optional<WarmInterpreter::Answer>> WarmInterpreter::next_answer(
    ipc::Deadline deadline) {
  for (;;) {
    TRY(const Event event, next_line(deadline));
    if (event.kind == Event::Kind::deadline) return std::nullopt;
    if (auto answer = take(event.data)) return answer;
  }
}

/// Reads a message; nothing if there is nobody who waits for it.
std::optional<WarmInterpreter::Answer> WarmInterpreter::take(const std::string& line) {
  auto value = json::parse(line, ipc::deepest_value);
  auto* object = value ? std::get_if<json::Object>(&value->data) : nullptr;
  if (object == nullptr) return std::nullopt;
  Answer answer{std::move(*object), {}};
  answer.op = json::get<std::string>(answer.members, "op").value_or("");
  if (answer.op == "watch") {
    watched_.learn(answer.members);
    return std::nullopt;
  }
  if (answer.op != "warm") return answer;
  const auto before = std::exchange(warmth_, std::nullopt);
  warmth_ = Warmth{.trained = json::get<bool>(answer.members, "trained").value_or(false),
                   .spares = json::get<int>(answer.members, "spares").value_or(0),
                   .training = before ? before->training : std::nullopt};
  if (const auto told = json::training(answer.members)) warmth_->training = told;
  return std::nullopt;
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
  if (command.env) message.add("env", as_json(*command.env));
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
      wait_readable(process_.pidfd(), ipc::deadline_in(leave_time));
      give_up();
      death_told_ = true;  // nobody needs to know
      return fail(errc::backend_gone, "the warm interpreter is not as a new one would be");
    }
    if (answer->op != "failed") continue;
    idle_ = true;
    TRY(auto failure, failure_in(answer->members));
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
      const Answer& answer = **told;
      if (answer.op != "reaped") continue;
      if (json::get<int>(answer.members, "pid") != hook.pid) continue;
      const auto status = json::get<int>(answer.members, "status");
      used_ = json::processor_time(answer.members);
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
