#include "ipc/guard_report.hpp"

#include "ipc/json.hpp"
#include "ipc/json_text.hpp"

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace axle::ipc {

std::string encode(const GuardReport& report) {
  JsonObject object;
  if (report.status) {
    object.add("code", json_integer(report.status->code))
        .add("signal", json_integer(report.status->signal))
        .add("core_dumped", json_bool(report.status->core_dumped));
  } else {
    object.add("trouble", json_string(report.trouble)).add("hint", json_string(report.hint));
  }
  object.add("killed", json_strings(report.left_behind.killed))
      .add("left", json_strings(report.left_behind.left));
  return object.text().text;
}

Result<GuardReport> decode_guard_report(std::string_view line) {
  const auto value = json::parse(line, deepest_value);
  const auto* members = value ? std::get_if<json::Object>(&value->data) : nullptr;
  if (members == nullptr) return fail(errc::protocol_error, "the report of a guard is no object");
  using Names = std::vector<std::string>;
  GuardReport report{
      .left_behind = {.killed = json::get<Names>(*members, "killed").value_or(Names()),
                      .left = json::get<Names>(*members, "left").value_or(Names())}};
  if (const auto trouble = json::get<std::string>(*members, "trouble")) {
    report.trouble = *trouble;
    report.hint = json::get<std::string>(*members, "hint").value_or("");
    return report;
  }
  const auto code = json::get<int>(*members, "code");
  const auto signal = json::get<int>(*members, "signal");
  if (!code || !signal || *code < 0 || *signal < 0) {
    return fail(errc::protocol_error, "the report of a guard does not say how the program ended");
  }
  report.status =
      ExitStatus{.code = *code,
                 .signal = *signal,
                 .core_dumped = json::get<bool>(*members, "core_dumped").value_or(false)};
  return report;
}

}  // namespace axle::ipc
