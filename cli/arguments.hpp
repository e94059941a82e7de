// What the user says, as plain structs: the command line, the environment and the files that
// options may stand in (cli/option_files.hpp).
//
//   auto arguments = parse_arguments(words);      // without the program's own name
//   if (!arguments) ...                           // errc::usage
//   std::visit(..., *arguments);
#pragma once

#include "cli/build_arguments.hpp"
#include "cli/daemon_arguments.hpp"
#include "cli/doctor_arguments.hpp"
#include "cli/env_arguments.hpp"
#include "cli/help.hpp"
#include "cli/project_arguments.hpp"
#include "ipc/error.hpp"

#include <span>
#include <string>
#include <variant>

namespace axle::cli {

/// axle --version
struct Version {};

using Arguments = std::variant<BuildArguments,
                               MetadataArguments,
                               RequiresArguments,
                               HookArguments,
                               EnvArguments,
                               DaemonArguments,
                               DoctorArguments,
                               Version,
                               Help>;

/// Fails with `errc::usage`, or `errc::invalid_project` where a project's own file is wrong, a
/// message that names what is wrong, and a hint at what is right.
Result<Arguments> parse_arguments(std::span<const std::string> words);

}  // namespace axle::cli
