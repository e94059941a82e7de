// The [build-system] table of pyproject.toml (PEP 518), or what stands for it where there is none.
#pragma once

#include "ipc/error.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace axle::frontend {

/// Who builds a project, and with what.
struct BuildSystem {
  std::vector<std::string> requirements;  ///< `requires`, a keyword of C++.
  std::string backend_module;
  std::string backend_object;  ///< May be empty.
  std::vector<std::filesystem::path>
      backend_path;  ///< Absolute, resolved, inside of the source tree.
  /// The project names no backend, and so gets that of setuptools.
  bool is_legacy_default = false;
  /// The name in [project]; empty: the file does not tell.
  std::string project_name = {};
  /// What looks wrong without being an error: a sentence each, beginning with its place.
  std::vector<std::string> warnings;

  /// As in pyproject.toml: "module" or "module:object".
  [[nodiscard]] std::string backend() const;
};

/// Reads `source_tree`/pyproject.toml. Without the file or the table: `setuptools >= 40.8.0` and
/// `setuptools.build_meta:__legacy__`; without `build-backend`: the same backend.
///
/// Fails with `errc::invalid_project` and the place ("path/pyproject.toml:12:5: ...") for anything
/// that PEP 517 and PEP 518 do not allow, unknown keys included; likewise if there is no
/// pyproject.toml, setup.py or setup.cfg, or if pyproject.toml cannot be read.
/// Messages name the tree as `shown`, where that is not empty: an sdist that was unpacked.
Result<BuildSystem> read_build_system(const std::filesystem::path& source_tree,
                                      const std::filesystem::path& shown = {});

}  // namespace axle::frontend
