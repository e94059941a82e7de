// What a build makes, checked: that it is where the hook said, and is what it claims to be.
#pragma once

#include "ipc/error.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace axle::frontend {

enum class ArtifactKind { sdist, wheel, editable };

/// "sdist", "wheel", "editable".
std::string_view to_string(ArtifactKind kind) noexcept;

struct Artifact {
  ArtifactKind kind;
  std::filesystem::path path;  ///< Absolute.
  std::string name;            ///< As its metadata spells it.
  std::string version;
  std::uintmax_t size = 0;  ///< Bytes.
  /// Its core metadata, as it is written in its METADATA or PKG-INFO.
  std::string metadata = {};
  /// What the formats ask for and it has not, though it can be used: a sentence each.
  std::vector<std::string> remarks = {};
  /// What contradicts itself and is installed all the same, though others refuse it: likewise.
  std::vector<std::string> warnings = {};
};

/// Where the file is that a hook returned: `returned` is a plain file name (no separator, no NUL,
/// not "." or ".."), or the whole path of such a file in `directory`, and a regular file of that
/// name stands in `directory` itself (no symbolic link). Fails with `errc::bad_artifact`, saying
/// what was returned and what is wrong with it.
Result<std::filesystem::path> find_returned(const std::filesystem::path& directory,
                                            const std::string& returned);

/// The same, and what is inside is as `read_sdist` or `read_wheel` wants it. Reads the file once.
/// Fails with `errc::bad_artifact`, saying what was returned and what is wrong with it.
Result<Artifact> verify_artifact(ArtifactKind kind,
                                 const std::filesystem::path& directory,
                                 const std::string& returned);

/// An sdist and the wheel of the same project must agree in name and version. `errc::bad_artifact`.
Result<> verify_same_project(const Artifact& sdist, const Artifact& wheel);
/// The same where of the sdist no more is known than its file name.
Result<> verify_same_project(std::string_view sdist_name, const Artifact& wheel);

/// Moves a verified artifact into `directory` (made if it is missing) by a rename, replacing what
/// was there under its name; `artifact.path` is the new place. Fails with `errc::io_error`; nothing
/// half-written is left then.
Result<Artifact> move_artifact(Artifact artifact, const std::filesystem::path& directory);

}  // namespace axle::frontend
