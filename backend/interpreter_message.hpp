// What a warm interpreter and its hook processes say: python/zygote.py and python/hook_call.py are
// the other side. Whatever a hook can write arrives here, so nothing is believed that is not as it
// must be.
#pragma once

#include "backend/hook_runner.hpp"
#include "ipc/error.hpp"
#include "ipc/event.hpp"
#include "ipc/json.hpp"
#include "ipc/outcome.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace axle::backend {

/// One line of the interpreter's.
struct InterpreterMessage {
  std::string op;  ///< Which it is; empty where it does not say.
  ipc::json::Object members;
};

/// Nothing if the line is no object.
std::optional<InterpreterMessage> decode_message(std::string_view line);

/// The failure in a message `failed`; `errc::protocol_error` if it is none.
Result<ipc::HookFailure> failure_in(const InterpreterMessage& message);

/// What a message `warm` tells.
Warmth warmth_in(const InterpreterMessage& message);

/// What a hook process that is alone says before it ends: the processor time that it took. Nothing
/// where it says something else.
std::optional<ipc::ProcessorTime> last_words(std::string_view line);

}  // namespace axle::backend
