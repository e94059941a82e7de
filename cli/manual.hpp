// The manual page axle(1), made from the same descriptions as the help.
#pragma once

#include "cli/command_description.hpp"

#include <span>
#include <string>

namespace axle::cli {

/// The page in the macros of man(7).
std::string manual_page(std::span<const CommandDescription> commands);

}  // namespace axle::cli
