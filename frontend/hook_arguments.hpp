// The arguments of the eight hooks, by their names in PEP 517 and PEP 660.
#pragma once

#include "frontend/artifact.hpp"
#include "frontend/build_options.hpp"
#include "ipc/error.hpp"
#include "ipc/json_text.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace axle::frontend {

/// The artifact whose build requirements `hook` needs around it; nothing for
/// get_requires_for_build_* and for hooks that the standards do not know, which get [build-system]
/// requires only.
std::optional<ArtifactKind> kind_of_hook(const std::string& hook);

/// `given`, a JSON object, and what it leaves out: `config_settings` of the options and, for the
/// hook's directory (wheel_directory, sdist_directory or metadata_directory), `directory`, which is
/// made if it is needed. Fails with `errc::usage` if `given` is not an object and with
/// `errc::io_error`.
Result<ipc::JsonText> complete_arguments(const std::string& hook,
                                         const ipc::JsonText& given,
                                         const BuildOptions& options,
                                         const std::filesystem::path& directory);

}  // namespace axle::frontend
