#include "backend/interpreter_message.hpp"

#include "ipc/json_text.hpp"
#include "ipc/times_json.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace axle::backend {

namespace json = ipc::json;

std::optional<InterpreterMessage> decode_message(std::string_view line) {
  auto value = json::parse(line, ipc::deepest_value);
  auto* members = value ? std::get_if<json::Object>(&value->data) : nullptr;
  if (members == nullptr) return std::nullopt;
  auto op = json::get<std::string>(*members, "op").value_or("");
  return InterpreterMessage{.op = std::move(op), .members = std::move(*members)};
}

Result<ipc::HookFailure> failure_in(const InterpreterMessage& message) {
  const json::Value* failure = json::find(message.members, "failure");
  TRY(auto outcome, ipc::decode_outcome(failure ? json::to_text(*failure).text : ""));
  if (auto* told = std::get_if<ipc::HookFailure>(&outcome)) return std::move(*told);
  return fail(errc::protocol_error, "the warm interpreter told a failure that is none");
}

Warmth warmth_in(const InterpreterMessage& message) {
  return {.trained = json::get<bool>(message.members, "trained").value_or(false),
          .spares = std::max(json::get<int>(message.members, "spares").value_or(0), 0),
          .training = json::training(message.members)};
}

std::optional<ipc::ProcessorTime> last_words(std::string_view line) {
  const auto said = decode_message(line);
  if (!said || !json::get<bool>(said->members, "left").value_or(false)) return std::nullopt;
  return json::processor_time(said->members);
}

}  // namespace axle::backend
