#include "ipc/outcome.hpp"

#include "ipc/json.hpp"
#include "ipc/outcome_json.hpp"
#include "ipc/private_dir.hpp"

#include <algorithm>
#include <utility>

namespace axle::ipc {
namespace json {
namespace {

JsonText to_text(const Cause& cause) {
  JsonObject object;
  object.add("exc_type", json_string(cause.exc_type)).add("exc_msg", json_string(cause.exc_msg));
  if (!cause.traceback.empty()) object.add("traceback", json_string(cause.traceback));
  if (!cause.notes.empty()) object.add("notes", json_strings(cause.notes));
  if (!cause.relation.empty()) object.add("relation", json_string(cause.relation));
  return object.text();
}

std::vector<Cause> causes_from(const Value& value) {
  std::vector<Cause> causes;
  const auto* array = std::get_if<Array>(&value.data);
  if (array == nullptr) return causes;
  for (const auto& element : *array) {
    const auto* object = std::get_if<Object>(&element.data);
    if (object == nullptr) continue;
    using List = std::vector<std::string>;
    causes.push_back({.exc_type = get<std::string>(*object, "exc_type").value_or(""),
                      .exc_msg = get<std::string>(*object, "exc_msg").value_or(""),
                      .traceback = get<std::string>(*object, "traceback").value_or(""),
                      .notes = get<List>(*object, "notes").value_or(List{}),
                      .relation = get<std::string>(*object, "relation").value_or("")});
  }
  return causes;
}

}  // namespace

JsonText to_text(const HookFailure& failure) {
  JsonObject object;
  object.add("code", json_integer(failure.code));
  object.add("exc_type", json_string(failure.exc_type));
  object.add("exc_msg", json_string(failure.exc_msg));
  const auto add_text = [&](std::string_view key, const std::string& text) {
    if (!text.empty()) object.add(key, json_string(text));
  };
  const auto add_flag = [&](std::string_view key, bool flag) {
    if (flag) object.add(key, json_bool(true));
  };
  add_text("x_traceback", failure.traceback);
  if (!failure.notes.empty()) object.add("x_notes", json_strings(failure.notes));
  if (!failure.causes.empty()) {
    std::vector<JsonText> causes;
    causes.reserve(failure.causes.size());
    for (const auto& cause : failure.causes) causes.push_back(to_text(cause));
    object.add("x_causes", json_list(causes));
  }
  if (failure.signal != 0) object.add("x_signal", json_integer(failure.signal));
  add_flag("x_oom", failure.out_of_memory);
  add_flag("x_timed_out", failure.timed_out);
  add_text("x_cancelled", failure.cancelled);
  add_flag("x_unsupported", failure.unsupported);
  add_flag("x_missing", failure.missing);
  add_text("x_stderr_tail", failure.stderr_tail);
  add_text("x_stack", failure.stack);
  return object.text();
}

JsonText to_text(const Outcome& outcome) {
  JsonText text;
  std::size_t length = 0;
  if (const auto* failure = std::get_if<HookFailure>(&outcome)) {
    text = to_text(*failure);
    length = text.text.size();
  } else {
    const auto& value = std::get<Returned>(outcome).value;
    length = value.text.size();
    if (length <= longest_result) text = JsonObject().add("return", value).text();
    length = std::max(length, text.text.size());
  }
  if (length <= longest_result) return text;
  return to_text(HookFailure{.exc_type = "ResultTooLong",
                             .exc_msg = "the outcome takes more than " +
                                        std::to_string(longest_result) + " bytes of JSON"});
}

Result<HookFailure> failure_from(const Value& value) {
  const auto* object = std::get_if<Object>(&value.data);
  if (object == nullptr) {
    return fail(errc::protocol_error,
                "a failure is not an object but " + std::string(kind_of(value)));
  }
  HookFailure failure;
  TRY(failure.code, require<int>(*object, "code"));
  TRY(failure.exc_type, require<std::string>(*object, "exc_type"));
  TRY(failure.exc_msg, require<std::string>(*object, "exc_msg"));
  const auto text = [&](std::string_view key) {
    return get<std::string>(*object, key).value_or("");
  };
  const auto flag = [&](std::string_view key) { return get<bool>(*object, key).value_or(false); };
  using List = std::vector<std::string>;
  failure.traceback = text("x_traceback");
  failure.notes = get<List>(*object, "x_notes").value_or(List{});
  if (const Value* causes = find(*object, "x_causes")) failure.causes = causes_from(*causes);
  failure.signal = get<int>(*object, "x_signal").value_or(0);
  failure.out_of_memory = flag("x_oom");
  failure.timed_out = flag("x_timed_out");
  failure.cancelled = text("x_cancelled");
  failure.unsupported = flag("x_unsupported");
  failure.missing = flag("x_missing");
  failure.stderr_tail = text("x_stderr_tail");
  failure.stack = text("x_stack");
  return failure;
}

Result<Outcome> outcome_from(const Value& value) {
  const auto* object = std::get_if<Object>(&value.data);
  if (object == nullptr) {
    return fail(errc::protocol_error,
                "a result is not an object but " + std::string(kind_of(value)));
  }
  const Value* returned = find(*object, "return");
  if (returned == nullptr) {
    TRY(auto failure, failure_from(value));
    return failure;
  }
  for (const auto* key : {"code", "exc_type", "exc_msg"}) {
    if (find(*object, key) == nullptr) continue;
    return fail(errc::protocol_error,
                R"(a result has both "return" and ")" + std::string(key) + '"');
  }
  return Returned{to_text(*returned)};
}

}  // namespace json

namespace {

/// What a hook returned as a T, or the error that shows what it is instead of `wanted`.
template <class T>
Result<T> read_return(const JsonText& value,
                      std::string_view wanted,
                      std::optional<T> (*read)(const json::Value&)) {
  std::string shown = "something that is not JSON";
  if (const auto parsed = json::parse(value.text, deepest_value)) {
    if (auto result = read(*parsed)) return *std::move(result);
    shown = json::to_text(*parsed).text;
    if (shown.size() > 100) shown = shown.substr(0, 100) + "...";
  }
  return fail(errc::bad_artifact, "the hook returned not " + std::string(wanted) + " but " + shown);
}

std::optional<std::vector<std::string>> true_names(const json::Value& value) {
  const auto* object = std::get_if<json::Object>(&value.data);
  if (object == nullptr) return std::nullopt;
  std::vector<std::string> names;
  for (const auto& [name, member] : *object) {
    const auto truth = json::as<bool>(member);
    if (!truth) return std::nullopt;
    if (*truth) names.push_back(name);
  }
  return names;
}

}  // namespace

std::string encode(const Outcome& outcome) {
  return json::to_text(outcome).text;
}

Result<Outcome> decode_outcome(std::string_view text) {
  if (text.size() > longest_result) {
    return fail(errc::protocol_error,
                "a result is longer than " + std::to_string(longest_result) + " bytes");
  }
  TRY(const auto value, json::parse(text, deepest_value + 1));
  return json::outcome_from(value);
}

Result<> write_result_file(const std::filesystem::path& path, const Outcome& outcome) {
  return write_file_atomically(path, encode(outcome), 0600);  // it may hold a secret
}

Result<Outcome> read_result_file(const std::filesystem::path& path) {
  TRY(const auto text, read_file(path, longest_result));
  return decode_outcome(text);
}

Result<std::string> as_string(const JsonText& value) {
  return read_return(value, "a string", &json::as<std::string>);
}

Result<std::vector<std::string>> as_string_list(const JsonText& value) {
  return read_return(value, "a list of strings", &json::as<std::vector<std::string>>);
}

Result<std::vector<std::string>> as_true_names(const JsonText& value) {
  return read_return(value, "an object of booleans", &true_names);
}

}  // namespace axle::ipc
