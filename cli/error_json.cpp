#include "cli/error_json.hpp"

#include "frontend/utf8.hpp"
#include "ipc/outcome.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace axle::cli {
namespace {

using ipc::JsonText;

// On our wire a lone surrogate stands for a byte that is no UTF-8 ("\udce9" for 0xE9). Not every
// reader takes that, so "\ufffd" takes its place. `json` is ASCII.
JsonText for_every_reader(JsonText json) {
  std::string& text = json.text;
  constexpr std::size_t escape = 6;  // \uXXXX
  for (std::size_t at = text.find('\\'); at < text.size(); at = text.find('\\', at)) {
    const std::string_view rest = std::string_view(text).substr(at);
    if (!rest.starts_with("\\u")) {
      at += 2;
    } else if (rest.starts_with("\\ud8") || rest.starts_with("\\ud9") ||
               rest.starts_with("\\uda") || rest.starts_with("\\udb")) {
      at += 2 * escape;  // the first half of a pair
    } else {
      if (rest.starts_with("\\udc")) text.replace(at, escape, "\\ufffd");
      at += escape;
    }
  }
  return json;
}

JsonText json_of(const ipc::HookFailure& failure) {
  return for_every_reader({ipc::encode(ipc::Outcome(failure))});
}

}  // namespace

std::string_view name_of(const std::error_code& code) {
  if (code.category() != axle_category()) return "internal";
  switch (static_cast<errc>(code.value())) {
    case errc::hook_failed: return "hook_failed";
    case errc::hook_missing: return "hook_missing";
    case errc::usage: return "usage";
    case errc::invalid_project: return "invalid_project";
    case errc::environment_failed: return "environment_failed";
    case errc::backend_unavailable: return "backend_unavailable";
    case errc::backend_gone: return "backend_gone";
    case errc::timed_out: return "timed_out";
    case errc::bad_artifact: return "bad_artifact";
    case errc::cancelled: return "cancelled";
    case errc::invalid_state: return "invalid_state";
    case errc::protocol_error: return "protocol_error";
    case errc::io_error: return "io_error";
    case errc::internal: return "internal";
  }
  return "internal";
}

ipc::JsonText json_of(const Error& error) {
  std::vector<JsonText> others;
  for (const Error& other : error.others) others.push_back(json_of(other));
  ipc::JsonObject object;
  object.add("code", ipc::json_string(name_of(error.code)))
      .add("message", json_of_text(error.message))
      .add("hint", json_of_known(error.hint))
      .add("signal", error.signal == 0 ? JsonText{} : ipc::json_integer(error.signal))
      .add("hook_failure", error.hook_failure ? json_of(*error.hook_failure) : JsonText{})
      .add("others", ipc::json_list(others));
  return object.text();
}

ipc::JsonText json_of_text(std::string_view foreign) {
  return ipc::json_string(frontend::to_utf8(foreign));
}

ipc::JsonText json_of_known(std::string_view foreign) {
  return foreign.empty() ? JsonText{} : json_of_text(foreign);
}

}  // namespace axle::cli
