#include "ipc/event.hpp"

#include "ipc/json.hpp"
#include "ipc/outcome_json.hpp"
#include "ipc/times_json.hpp"

#include <cstdint>
#include <utility>

namespace axle::ipc {
namespace {

using json::find;
using json::get;
using json::Object;
using json::require;
using std::chrono::milliseconds;
using Strings = std::vector<std::string>;

JsonObject begin(std::string_view name) {
  JsonObject object;
  object.add("event", json_string(name));
  return object;
}

struct Encoder {
  JsonText operator()(const Started& event) const {
    auto object = begin("started");
    object.add("protocol", json_integer(event.protocol)).add("pid", json_integer(event.pid));
    object.add("backend", json_string(event.backend)).add("hooks", json_strings(event.hooks));
    object.add("hook_isolation", json_string(event.hook_isolation));
    if (!event.python_version.empty()) {
      object.add("python_version", json_string(event.python_version));
    }
    return object.text();
  }
  JsonText operator()(const FailedToStart& event) const {
    return begin("failed_to_start").add("failure", json::to_text(event.failure)).text();
  }
  JsonText operator()(const Accepted& event) const {
    auto object = begin("accepted");
    object.add("id", json_unsigned(event.id)).add("cmd", json_string(event.cmd));
    return object.text();
  }
  JsonText operator()(const Running& event) const {
    auto object = begin("running");
    return object.add("id", json_unsigned(event.id)).add("pid", json_integer(event.pid)).text();
  }
  JsonText operator()(const Heartbeat& event) const {
    auto object = begin("heartbeat");
    return object.add("id", json_unsigned(event.id))
        .add("elapsed_s", json::seconds(event.elapsed))
        .text();
  }
  JsonText operator()(const Finished& event) const {
    auto object = begin("finished");
    object.add("id", json_unsigned(event.id)).add("result", json_string(event.result));
    if (event.undelivered) object.add("undelivered", json::to_text(*event.undelivered));
    if (!event.trouble.empty()) object.add("trouble", json_string(event.trouble));
    if (event.used) {
      object.add("user_us", json_integer(event.used->user.count()))
          .add("system_us", json_integer(event.used->system.count()));
    }
    return object.text();
  }
  JsonText operator()(const Rejected& event) const {
    auto object = begin("rejected");
    return object.add("id", json_unsigned(event.id))
        .add("reason", json_string(event.reason))
        .text();
  }
  JsonText operator()(const Notice& event) const {
    return begin("notice").add("text", json_string(event.text)).text();
  }
  JsonText operator()(const Warm& event) const {
    auto object = begin("warm");
    object.add("trained", json_bool(event.trained)).add("spares", json_integer(event.spares));
    if (event.training) {
      object.add("training_began_us", json_integer(event.training->began.count()))
          .add("training_ended_us", json_integer(event.training->ended.count()));
    }
    return object.text();
  }
};

Result<BackendEvent> started(const Object& object) {
  Started event;
  TRY(event.protocol, require<int>(object, "protocol"));
  TRY(event.pid, require<int>(object, "pid"));
  TRY(event.backend, require<std::string>(object, "backend"));
  TRY(event.hooks, require<Strings>(object, "hooks"));
  TRY(event.hook_isolation, require<std::string>(object, "hook_isolation"));
  event.python_version = get<std::string>(object, "python_version").value_or("");
  return event;
}

Result<BackendEvent> failed_to_start(const Object& object) {
  const auto* failure = find(object, "failure");
  if (failure == nullptr) return fail(errc::protocol_error, "\"failure\" is missing");
  FailedToStart event;
  TRY(event.failure, json::failure_from(*failure));
  return event;
}

Result<BackendEvent> accepted(const Object& object) {
  Accepted event;
  TRY(event.id, require<std::uint64_t>(object, "id"));
  TRY(event.cmd, require<std::string>(object, "cmd"));
  return event;
}

Result<BackendEvent> running(const Object& object) {
  Running event;
  TRY(event.id, require<std::uint64_t>(object, "id"));
  TRY(event.pid, require<int>(object, "pid"));
  return event;
}

Result<BackendEvent> heartbeat(const Object& object) {
  Heartbeat event;
  TRY(event.id, require<std::uint64_t>(object, "id"));
  TRY(event.elapsed, require<milliseconds>(object, "elapsed_s"));
  return event;
}

Result<BackendEvent> finished(const Object& object) {
  Finished event;
  TRY(event.id, require<std::uint64_t>(object, "id"));
  TRY(event.result, require<std::string>(object, "result"));
  if (const auto* undelivered = find(object, "undelivered")) {
    TRY(event.undelivered, json::outcome_from(*undelivered));
  }
  event.trouble = get<std::string>(object, "trouble").value_or("");
  event.used = json::processor_time(object);
  return event;
}

Result<BackendEvent> rejected(const Object& object) {
  Rejected event;
  TRY(event.id, require<std::uint64_t>(object, "id"));
  TRY(event.reason, require<std::string>(object, "reason"));
  return event;
}

Result<BackendEvent> notice(const Object& object) {
  Notice event;
  TRY(event.text, require<std::string>(object, "text"));
  return event;
}

Result<BackendEvent> warm(const Object& object) {
  Warm event;
  TRY(event.trained, require<bool>(object, "trained"));
  TRY(event.spares, require<int>(object, "spares"));
  event.training = json::training(object);
  return event;
}

constexpr std::pair<std::string_view, Result<BackendEvent> (*)(const Object&)> decoders[] = {
    {"started", started},
    {"failed_to_start", failed_to_start},
    {"accepted", accepted},
    {"running", running},
    {"heartbeat", heartbeat},
    {"finished", finished},
    {"rejected", rejected},
    {"notice", notice},
    {"warm", warm},
};

/// Reads one line of the control descriptor.
Result<Object> message_from(std::string_view line, std::size_t longest) {
  if (line.size() > longest) {
    return fail(errc::protocol_error,
                "a line is longer than " + std::to_string(longest) + " bytes");
  }
  // The deepest is {"event", "undelivered": {"return": <value>}}.
  TRY(auto value, json::parse(line, deepest_value + 2));
  auto* object = std::get_if<Object>(&value.data);
  if (object == nullptr) {
    return fail(errc::protocol_error,
                "a message is not an object but " + std::string(json::kind_of(value)));
  }
  return std::move(*object);
}

}  // namespace

std::string encode(const BackendEvent& event) {
  return std::visit(Encoder{}, event).text;
}

Result<std::optional<BackendEvent>> decode_event(std::string_view line) {
  TRY(const auto object, message_from(line, longest_event));
  TRY(const auto name, require<std::string>(object, "event"));
  for (const auto& [known, decode] : decoders) {
    if (known != name) continue;
    auto event = decode(object);
    if (event) return *std::move(event);
    return fail(errc::protocol_error, "in the event \"" + name + "\" " + event.error().message);
  }
  return std::nullopt;
}

std::string encode(const Cancel& cancel) {
  JsonObject object;
  object.add("control", json_string("cancel")).add("id", json_unsigned(cancel.id));
  object.add("reason", json_string(cancel.reason)).add("grace_s", json::seconds(cancel.grace));
  return object.text().text;
}

Result<Cancel> decode_cancel(std::string_view line) {
  TRY(const auto object, message_from(line, longest_control));
  TRY(const auto name, require<std::string>(object, "control"));
  if (name != "cancel") return fail(errc::protocol_error, "an unknown control message");
  Cancel cancel;
  TRY(cancel.id, require<std::uint64_t>(object, "id"));
  TRY(cancel.reason, require<std::string>(object, "reason"));
  TRY(cancel.grace, require<milliseconds>(object, "grace_s"));
  return cancel;
}

}  // namespace axle::ipc
