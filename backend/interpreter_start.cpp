#include "backend/interpreter_start.hpp"

#include "backend/stack_dump.hpp"
#include "backend/zygote_source.hpp"
#include "ipc/json_text.hpp"
#include "ipc/unix_socket.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

namespace axle::backend {
namespace {

constexpr int stack_fd_in_child = 5;

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

}  // namespace

Result<StartedInterpreter> start_interpreter(const InterpreterSpec& spec) {
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
  return StartedInterpreter{.process = *std::move(process),
                            .socket = std::move(sockets.ours),
                            .its_socket = std::move(sockets.theirs),
                            .stacks = std::move(stacks)};
}

std::string start_message(const InterpreterSpec& spec) {
  std::vector<std::string> folders;
  for (const auto& folder : spec.backend_path) folders.push_back(folder.native());
  ipc::JsonObject message;
  message.add("op", ipc::json_string("start"))
      .add("backend", ipc::json_string(spec.module))
      .add("object", optional_text(spec.object))
      .add("backend_path", ipc::json_strings(folders))
      .add("isolation", ipc::json_string(to_string(spec.hook_isolation)))
      .add("warm", optional_text(spec.training.native()))
      .add("immutable_environment", ipc::json_bool(spec.immutable_environment))
      .add("print_traceback", ipc::json_bool(spec.print_traceback))
      .add("stack_fd", ipc::json_integer(stack_fd_in_child))
      .add("stack_signal", ipc::json_integer(stack_signals().polite))
      .add("rude_stack_signal", ipc::json_integer(stack_signals().rude))
      .add("environment", ipc::json_string_map(environment_of(spec)))
      .add("host_pid", ipc::json_integer(getpid()));
  return message.text().text + "\n";
}

}  // namespace axle::backend
