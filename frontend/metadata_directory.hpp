// The .dist-info folder that prepare_metadata_for_build_* makes, checked before it is used.
#pragma once

#include "frontend/artifact.hpp"
#include "ipc/error.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace axle::frontend {

/// The folder that the hook said it has made in `metadata_directory`: `returned` must be a plain
/// name that ends in ".dist-info", and a folder of that name be there, no symbolic link. Fails with
/// `errc::bad_artifact`, saying what was returned and what is wrong with it.
Result<std::filesystem::path> verify_dist_info(const std::filesystem::path& metadata_directory,
                                               const std::string& returned);

/// The text of METADATA in a .dist-info folder. Fails with `errc::bad_artifact`.
Result<std::string> read_metadata(const std::filesystem::path& dist_info);

/// PEP 517: a wheel whose build was given the folder of prepare_metadata_for_build_wheel has to
/// have the same METADATA, `prepared`. Fails with `errc::bad_artifact` and the first line that
/// differs.
Result<> verify_same_metadata(std::string_view prepared, const Artifact& wheel);

}  // namespace axle::frontend
