// Lines from the frontend to axle-backend.
#include "ipc/command.hpp"

#include "tests/fuzz/fuzz.hpp"

namespace axle::fuzz {
namespace {

void check_path(const std::filesystem::path& path) {
  hold(path.is_absolute(), "a path of a command is absolute");
  hold(!path.native().contains('\0'), "a path of a command has no NUL");
  hold(path.native().size() < 4096, "a path of a command is short enough for the system");
}

}  // namespace

void check(std::string_view input) {
  const auto command = ipc::decode_command(input);
  if (!command) {
    hold(!command.error().reason.empty(), "a refusal has a reason");
    hold(is_utf8(command.error().reason), "a refusal is UTF-8");
    if (command.error().result) check_path(*command.error().result);
    return;
  }
  check_path(command->result);
  if (command->cwd) check_path(*command->cwd);
  hold(!command->umask || *command->umask <= 0777, "a umask has nine bits");
  hold(!command->timeout || command->timeout->count() >= 0, "a timeout is not negative");
  hold(command->kwargs.text.starts_with('{'), "kwargs are an object");
  if (command->env) {
    for (const auto& [name, value] : *command->env) {
      hold(!name.empty() && name.find_first_of(std::string_view("=\0", 2)) == name.npos &&
               !value.contains('\0'),
           "an environment is one that the system can hold");
    }
  }
  const std::string line = encode(*command);
  hold(is_ascii_line(line), "a command is one line of ASCII");
  hold(ipc::decode_command(line) == *command, "a command reads back as it was written");
}

}  // namespace axle::fuzz
