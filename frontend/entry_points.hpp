// entry_points.txt of a wheel: installers make programs of its scripts,
// https://packaging.python.org/en/latest/specifications/entry-points/.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace axle::frontend {

/// The first script in `text` of which no installer can make a program, and why, as the rest of a
/// sentence "but ...". Nothing: there is none. What other groups have is not looked at.
std::optional<std::string> find_unusable_script(std::string_view text);

}  // namespace axle::frontend
