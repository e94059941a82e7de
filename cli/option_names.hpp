// The options of all commands: what may stand in a file that is for all of them.
#pragma once

#include "cli/command_description.hpp"

#include <vector>

namespace axle::cli {

/// Each once, by its name.
std::vector<OptionDescription> options_of_all_commands();

}  // namespace axle::cli
