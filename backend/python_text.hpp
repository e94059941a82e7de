// Values as Python prints them: in the lines that pyproject_api's users see and search.
#pragma once

#include "ipc/json_text.hpp"
#include "ipc/outcome.hpp"

#include <string>
#include <string_view>

namespace axle::backend {

/// "bytearray(b'...')", cut at 2,000 bytes.
std::string python_bytearray(std::string_view bytes);

/// A JSON object as "{'key': 'value', 'flag': None}", cut at 2,000 characters. The values of
/// config_settings, which may be secrets, are shown as '***'.
std::string python_dict(const ipc::JsonText& object);
/// "{'return': ...}" or "{'code': 1, 'exc_type': '...', 'exc_msg': '...'}".
std::string python_dict(const ipc::Outcome& outcome);

/// A text without its control characters, so that it stays on its line.
std::string python_plain(std::string_view text);

}  // namespace axle::backend
