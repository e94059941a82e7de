// JSON that people write on the command line, and that they read.
#pragma once

#include "ipc/error.hpp"
#include "ipc/json_text.hpp"

#include <string>
#include <string_view>

namespace axle::cli {

/// The JSON object that `text` is. Fails with `errc::usage` if it is none.
Result<ipc::JsonText> json_object(std::string_view text);

/// The same value over many lines, two spaces a level; no newline at the end.
std::string pretty_json(const ipc::JsonText& json);

}  // namespace axle::cli
