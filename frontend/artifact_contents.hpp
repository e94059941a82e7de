// What is inside of an artifact, read once, from its first byte to its last, and held against what
// the formats promise to those who will install it. Memory is bounded by the names of its members,
// not by what they contain.
#pragma once

#include "ipc/error.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace axle::frontend {

struct ArtifactContents {
  std::string name;      ///< As its metadata spells it.
  std::string version;   ///< Likewise.
  std::string metadata;  ///< The text of METADATA or PKG-INFO.
  /// What the formats ask for and this has not, though it can be used: a sentence each.
  std::vector<std::string> remarks = {};
  /// What contradicts itself and is installed all the same, though others refuse it: likewise.
  std::vector<std::string> warnings = {};
};

/// A wheel (binary distribution format): its file name is one and agrees with the one *.dist-info
/// in it and with METADATA; there are WHEEL and RECORD, no name leaves, there are no links, and its
/// scripts are callable. Fails with `errc::bad_artifact`. A RECORD that does not tell of each file,
/// with the right hash, and a name that occurs twice are warnings: installers do not look.
Result<ArtifactContents> read_wheel(const std::filesystem::path& wheel);

/// An sdist (PEP 625, PEP 643): a .tar.gz, everything in it in one folder, whose name is that of
/// the file and agrees with the PKG-INFO in it; nothing leaves that folder. Fails with
/// `errc::bad_artifact`. Without a PKG-INFO, a warning, name and version are those of the file.
Result<ArtifactContents> read_sdist(const std::filesystem::path& sdist);

/// The one name and the one version in `metadata`, which `file_name` has as `member`. Fails with
/// `errc::bad_artifact`.
Result<ArtifactContents> read_claim(std::string_view file_name,
                                    std::string_view member,
                                    std::string metadata);

/// The error of all of these: "the hook returned 'FILE NAME', but WHY".
std::unexpected<Error> refuse_artifact(std::string_view file_name, std::string_view why);

}  // namespace axle::frontend
