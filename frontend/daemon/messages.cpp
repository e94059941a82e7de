#include "frontend/daemon/messages.hpp"

#include "ipc/json.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace axle::frontend {
namespace {

namespace json = ipc::json;
using ipc::JsonObject;
using ipc::JsonText;

JsonObject message(std::string_view op) {
  JsonObject object;
  object.add("op", ipc::json_string(op));
  return object;
}

std::vector<std::string> texts_of(const std::vector<std::filesystem::path>& paths) {
  std::vector<std::string> texts;
  for (const auto& path : paths) texts.push_back(path.native());
  return texts;
}

JsonText to_json(const BackendSpec& spec) {
  JsonObject object;
  object.add("backend_program", ipc::json_string(spec.backend_program.native()))
      .add("python", ipc::json_string(spec.python.native()))
      .add("module", ipc::json_string(spec.module))
      .add("object", ipc::json_string(spec.object))
      .add("backend_path", ipc::json_strings(texts_of(spec.backend_path)))
      .add("immutable_environment", ipc::json_bool(spec.immutable_environment))
      .add("hook_isolation", ipc::json_string(to_string(spec.hook_isolation)))
      .add("environment", ipc::json_strings(spec.environment))
      .add("source_tree", ipc::json_string(spec.source_tree.native()));
  return object.text();
}

JsonText to_json(const KeptBackend& backend) {
  JsonObject object;
  object.add("pid", ipc::json_integer(backend.pid))
      .add("backend", ipc::json_string(backend.backend))
      .add("python", ipc::json_string(backend.python))
      .add("source_tree", ipc::json_string(backend.source_tree))
      .add("leased", ipc::json_bool(backend.leased))
      .add("leases", ipc::json_unsigned(backend.leases))
      .add("age_s", ipc::json_integer(backend.age.count()))
      .add("unused_s", ipc::json_integer(backend.unused.count()))
      .add("memory_bytes", ipc::json_unsigned(backend.memory));
  return object.text();
}

Result<std::filesystem::path> absolute_path(const json::Object& object, std::string_view key) {
  TRY(auto text, json::require<std::string>(object, key));
  std::filesystem::path path(std::move(text));
  if (path.is_absolute()) return path;
  return fail(errc::protocol_error, "\"" + std::string(key) + "\" is not an absolute path");
}

Result<HookIsolation> isolation_of(std::string_view name) {
  for (const auto isolation :
       {HookIsolation::forked, HookIsolation::in_line, HookIsolation::fresh}) {
    if (to_string(isolation) == name) return isolation;
  }
  return fail(errc::protocol_error, "there is no such hook isolation");
}

Result<const json::Object*> object_in(const json::Object& members, std::string_view key) {
  const json::Value* value = json::find(members, key);
  const auto* object = value != nullptr ? std::get_if<json::Object>(&value->data) : nullptr;
  if (object != nullptr) return object;
  return fail(errc::protocol_error, "\"" + std::string(key) + "\" is no object");
}

Result<BackendSpec> decode_spec(const json::Object& object) {
  BackendSpec spec;
  TRY(spec.backend_program, absolute_path(object, "backend_program"));
  TRY(spec.python, absolute_path(object, "python"));
  TRY(spec.module, json::require<std::string>(object, "module"));
  TRY(spec.object, json::require<std::string>(object, "object"));
  TRY(const auto folders, json::require<std::vector<std::string>>(object, "backend_path"));
  spec.backend_path.assign(folders.begin(), folders.end());
  TRY(spec.immutable_environment, json::require<bool>(object, "immutable_environment"));
  TRY(const auto isolation, json::require<std::string>(object, "hook_isolation"));
  TRY(spec.hook_isolation, isolation_of(isolation));
  TRY(spec.environment, json::require<std::vector<std::string>>(object, "environment"));
  TRY(spec.source_tree, absolute_path(object, "source_tree"));
  return spec;
}

Result<KeptBackend> decode_kept(const json::Object& object) {
  KeptBackend kept;
  TRY(kept.pid, json::require<int>(object, "pid"));
  TRY(kept.backend, json::require<std::string>(object, "backend"));
  TRY(kept.python, json::require<std::string>(object, "python"));
  TRY(kept.source_tree, json::require<std::string>(object, "source_tree"));
  TRY(kept.leased, json::require<bool>(object, "leased"));
  TRY(kept.leases, json::require<std::uint64_t>(object, "leases"));
  TRY(const auto age, json::require<std::int64_t>(object, "age_s"));
  TRY(const auto unused, json::require<std::int64_t>(object, "unused_s"));
  TRY(kept.memory, json::require<std::uint64_t>(object, "memory_bytes"));
  kept.age = std::chrono::seconds(age);
  kept.unused = std::chrono::seconds(unused);
  return kept;
}

Result<StatusReply> decode_status(const json::Object& object) {
  StatusReply status;
  TRY(status.pid, json::require<int>(object, "pid"));
  TRY(const auto age, json::require<std::int64_t>(object, "age_s"));
  status.age = std::chrono::seconds(age);
  TRY(status.leases, json::require<std::uint64_t>(object, "leases"));
  const json::Value* backends = json::find(object, "backends");
  const auto* list = backends != nullptr ? std::get_if<json::Array>(&backends->data) : nullptr;
  if (list == nullptr) return fail(errc::protocol_error, "\"backends\" is no list");
  for (const json::Value& element : *list) {
    const auto* kept = std::get_if<json::Object>(&element.data);
    if (kept == nullptr) return fail(errc::protocol_error, "a backend is no object");
    TRY(auto backend, decode_kept(*kept));
    status.backends.push_back(std::move(backend));
  }
  return status;
}

Result<json::Object> members_of(std::string_view line) {
  TRY(auto value, json::parse(line, ipc::deepest_value));
  if (auto* object = std::get_if<json::Object>(&value.data)) return std::move(*object);
  return fail(errc::protocol_error, "a message is no object");
}

struct RequestText {
  std::string operator()(const LeaseRequest& lease) const {
    return message("lease")
        .add("spec", to_json(lease.spec))
        .add("start_timeout_s", json::seconds(lease.start_bound))
        .text()
        .text;
  }
  std::string operator()(const ReturnRequest& request) const {
    return message("return").add("started", ipc::json_string(request.started)).text().text;
  }
  std::string operator()(const ReapRequest&) const { return message("reap").text().text; }
  std::string operator()(const StatusRequest&) const { return message("status").text().text; }
  std::string operator()(const StopRequest&) const { return message("stop").text().text; }
};

void add_status(JsonObject& object, const StatusReply& status) {
  std::vector<JsonText> backends;
  for (const KeptBackend& backend : status.backends) backends.push_back(to_json(backend));
  object.add("pid", ipc::json_integer(status.pid))
      .add("age_s", ipc::json_integer(status.age.count()))
      .add("leases", ipc::json_unsigned(status.leases))
      .add("backends", ipc::json_list(backends));
}

struct ReplyText {
  std::string operator()(const LeaseReply& lease) const {
    return message("leased")
        .add("pid", ipc::json_integer(lease.pid))
        .add("started", ipc::json_string(lease.started))
        .text()
        .text;
  }
  std::string operator()(const RefusedReply& refused) const {
    return message("refused").add("reason", ipc::json_string(refused.reason)).text().text;
  }
  std::string operator()(const ReapReply& reaped) const {
    return message("reaped").add("status", ipc::json_integer(reaped.status)).text().text;
  }
  std::string operator()(const StatusReply& status) const {
    JsonObject object = message("status");
    add_status(object, status);
    return object.text().text;
  }
  std::string operator()(const StopReply& stop) const {
    return message("stopping").add("leases", ipc::json_unsigned(stop.leases)).text().text;
  }
};

}  // namespace

std::string encode(const DaemonRequest& request) {
  return std::visit(RequestText{}, request);
}

std::string encode(const DaemonReply& reply) {
  return std::visit(ReplyText{}, reply);
}

JsonText to_json(const StatusReply& status) {
  JsonObject object;
  add_status(object, status);
  return object.text();
}

Result<DaemonRequest> decode_daemon_request(std::string_view line) {
  TRY(const auto members, members_of(line));
  TRY(const auto op, json::require<std::string>(members, "op"));
  if (op == "lease") {
    TRY(const auto* spec, object_in(members, "spec"));
    LeaseRequest lease;
    TRY(lease.spec, decode_spec(*spec));
    TRY(lease.start_bound, json::require<std::chrono::milliseconds>(members, "start_timeout_s"));
    return lease;
  }
  if (op == "return") {
    TRY(auto started, json::require<std::string>(members, "started"));
    return ReturnRequest{std::move(started)};
  }
  if (op == "reap") return ReapRequest{};
  if (op == "status") return StatusRequest{};
  if (op == "stop") return StopRequest{};
  return fail(errc::protocol_error, "there is no such request");
}

Result<DaemonReply> decode_daemon_reply(std::string_view line) {
  TRY(const auto members, members_of(line));
  TRY(const auto op, json::require<std::string>(members, "op"));
  if (op == "leased") {
    LeaseReply lease;
    TRY(lease.pid, json::require<int>(members, "pid"));
    TRY(lease.started, json::require<std::string>(members, "started"));
    return lease;
  }
  if (op == "refused") {
    TRY(auto reason, json::require<std::string>(members, "reason"));
    return RefusedReply{std::move(reason)};
  }
  if (op == "reaped") {
    TRY(const auto status, json::require<int>(members, "status"));
    return ReapReply{status};
  }
  if (op == "status") return decode_status(members);
  if (op == "stopping") {
    TRY(const auto leases, json::require<std::uint64_t>(members, "leases"));
    return StopReply{leases};
  }
  return fail(errc::protocol_error, "there is no such reply");
}

}  // namespace axle::frontend
