// Versions of Python: which a user or a project asks for.
#pragma once

#include "ipc/error.hpp"

#include <string>
#include <string_view>

namespace axle::frontend {

/// Whether `text` asks for versions rather than naming a program: "3.12", ">=3.11,<3.14".
bool is_version_wish(std::string_view text);

/// Whether a Python of `version` ("3.12.1") is what `wish` asks for: a version whose parts it
/// begins with ("3.12", "3.12.1"), or specifiers as in requires-python, with commas between them
/// (== with or without .*, !=, <, <=, >, >=, ~=). Fails with `errc::usage` for what is neither.
Result<bool> fits_python(std::string_view version, std::string_view wish);

}  // namespace axle::frontend
