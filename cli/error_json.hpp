// An error as programs read it: schemas/build-report.schema.json, "error".
#pragma once

#include "ipc/error.hpp"
#include "ipc/json_text.hpp"

#include <string_view>
#include <system_error>

namespace axle::cli {

/// "hook_failed", "timed_out", ...: as errc spells it. What is no errc is "internal".
std::string_view name_of(const std::error_code& code);

/// The whole error, with the failure of the hook as a result file has it.
ipc::JsonText json_of(const Error& error);

/// Text of others: what is no UTF-8 in it is replaced by U+FFFD, so that every reader takes it.
ipc::JsonText json_of_text(std::string_view foreign);
/// The same, and null where it is empty.
ipc::JsonText json_of_known(std::string_view foreign);

}  // namespace axle::cli
