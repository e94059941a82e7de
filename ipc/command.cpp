#include "ipc/command.hpp"

#include "ipc/json.hpp"

#include <climits>

#include <utility>

namespace axle::ipc {
namespace {

using json::find;
using json::get;
using json::Object;
using json::Value;

constexpr unsigned most_umask = 0777;

std::optional<std::filesystem::path> absolute_path(const Value* value) {
  if (value == nullptr) return std::nullopt;
  auto bytes = json::as<std::string>(*value);
  if (!bytes || !bytes->starts_with('/')) return std::nullopt;
  if (bytes->size() >= PATH_MAX || bytes->contains('\0')) return std::nullopt;
  return std::filesystem::path(*std::move(bytes));
}

std::optional<std::map<std::string, std::string>> environment_from(const Value& value) {
  const auto* object = std::get_if<Object>(&value.data);
  if (object == nullptr) return std::nullopt;
  std::map<std::string, std::string> environment;
  for (const auto& [name, member] : *object) {
    auto bytes = json::as<std::string>(member);
    if (!bytes || bytes->contains('\0')) return std::nullopt;
    if (name.empty() || name.contains('=') || name.contains('\0')) return std::nullopt;
    environment.emplace(name, *std::move(bytes));
  }
  return environment;
}

/// Reads the optional keys; returns what is wrong with them, or nothing.
std::string read_optional_keys(const Object& object, Command& command) {
  if (const Value* id = find(object, "x_id")) {
    const auto number = json::as<std::uint64_t>(*id);
    if (!number) return "\"x_id\" is not a number from 0 to 2^64 - 1";
    command.id = *number;
  }
  if (const Value* cwd = find(object, "x_cwd")) {
    command.cwd = absolute_path(cwd);
    if (!command.cwd) return "\"x_cwd\" is not an absolute path";
  }
  if (const Value* env = find(object, "x_env")) {
    command.env = environment_from(*env);
    if (!command.env) return "\"x_env\" is not an object of environment variables";
  }
  if (const Value* umask = find(object, "x_umask")) {
    const auto number = json::as<std::uint64_t>(*umask);
    if (!number || *number > most_umask) return "\"x_umask\" is not a number from 0 to 511";
    command.umask = static_cast<unsigned>(*number);
  }
  if (const Value* timeout = find(object, "x_timeout_s")) {
    command.timeout = json::as<std::chrono::milliseconds>(*timeout);
    if (!command.timeout) return "\"x_timeout_s\" is not a number of seconds";
  }
  return {};
}

}  // namespace

std::string encode(const Command& command) {
  JsonObject object;
  object.add("cmd", json_string(command.cmd));
  object.add("kwargs", command.kwargs);
  object.add("result", json_string(command.result.native()));
  if (command.id != 0) object.add("x_id", json_unsigned(command.id));
  if (command.cwd) object.add("x_cwd", json_string(command.cwd->native()));
  if (command.env) object.add("x_env", json_string_map(*command.env));
  if (command.umask) object.add("x_umask", json_unsigned(*command.umask));
  if (command.timeout) object.add("x_timeout_s", json::seconds(*command.timeout));
  return object.text().text;
}

std::expected<Command, BadCommand> decode_command(std::string_view line) {
  BadCommand bad;
  const auto refuse = [&bad](std::string reason) {
    bad.reason = std::move(reason);
    return std::unexpected(std::move(bad));
  };
  if (line.size() > longest_command) {
    return refuse("the line is longer than " + std::to_string(longest_command) + " bytes");
  }
  const auto value = json::parse(line, deepest_value + 1);
  if (!value) return refuse(value.error().message);
  const auto* object = std::get_if<Object>(&value->data);
  if (object == nullptr) {
    return refuse("the line is not an object but " + std::string(json::kind_of(*value)));
  }

  Command command;
  bad.id = get<std::uint64_t>(*object, "x_id").value_or(0);
  bad.result = absolute_path(find(*object, "result"));
  if (!bad.result) return refuse("\"result\" is not an absolute path");
  command.result = *bad.result;
  auto cmd = get<std::string>(*object, "cmd");
  if (!cmd) return refuse("\"cmd\" is not a string");
  command.cmd = *std::move(cmd);
  const Value* kwargs = find(*object, "kwargs");
  if (kwargs == nullptr || !std::holds_alternative<Object>(kwargs->data)) {
    return refuse("\"kwargs\" is not an object");
  }
  command.kwargs = json::to_text(*kwargs);
  if (auto problem = read_optional_keys(*object, command); !problem.empty()) {
    return refuse(std::move(problem));
  }
  return command;
}

}  // namespace axle::ipc
