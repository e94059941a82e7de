// What, beside the requirements, decides which packages uv and pip install.
#pragma once

#include "frontend/environment_variables.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace axle::frontend {

/// The settings of uv and pip as texts to be hashed: they may hold passwords, and are shown and
/// stored nowhere. Two equal lists mean that the same requirements lead to the same packages, as
/// far as settings go.
///
/// They are each PIP_* and UV_* variable but for those that only say how to install (caches,
/// retries, colours) or that never reach the installers (`installer_variables`); the content of
/// constraints files and of configuration files, the user's, the system's, and uv's in `folder` and
/// above it; when folders of --find-links in `variables` were last changed; and `folder` itself,
/// the current folder of the installer, where a setting may be a relative path.
std::vector<std::string> installer_settings(const EnvironmentVariables& variables,
                                            const std::filesystem::path& folder);

}  // namespace axle::frontend
