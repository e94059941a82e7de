// What is to be built: a folder with a project in it, or an sdist, unpacked for the time of the
// build.
//
//   TRY(const auto tree, SourceTree::open("attrs-26.1.0.tar.gz"));
//   TRY(const auto build_system, read_build_system(tree.root()));
#pragma once

#include "frontend/archive.hpp"
#include "frontend/cancellation.hpp"
#include "ipc/error.hpp"
#include "ipc/private_dir.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace axle::frontend {

class KeptFolders;
class Observer;

/// Owns the folder into which an sdist was unpacked or a source tree copied, and removes it; else a
/// source tree is used in place.
class SourceTree {
 public:
  /// Opens a folder, or an sdist named `{name}-{version}` with one of the suffixes of `sdist_stem`.
  ///
  /// Fails with `errc::usage` for an empty name and for a wheel, and with `errc::invalid_project`
  /// if nothing is there, or neither a folder nor an sdist, or an sdist that cannot be unpacked
  /// (see `extract_sdist`) or has no project in it. Whether a folder has one, `read_build_system`
  /// tells. `errc::io_error`: there is no place to unpack to.
  static Result<SourceTree> open(const std::filesystem::path& origin,
                                 const ArchiveLimits& limits = {});

  /// A copy of this source tree in a temporary folder, by the name of the original. Fails as
  /// `copy_tree` does.
  [[nodiscard]] Result<SourceTree> copy(const Cancellation& cancellation) const;

  /// Where the project is: absolute, without symbolic links.
  [[nodiscard]] const std::filesystem::path& root() const noexcept { return root_; }
  [[nodiscard]] bool is_from_sdist() const noexcept { return !sdist_name_.empty(); }
  /// Whether nobody else knows the folder: an sdist that was unpacked, or a copy.
  [[nodiscard]] bool is_temporary() const noexcept { return unpacked_.has_value(); }
  /// What is temporary stays, and `kept` and `observer` are told.
  void leave_in(KeptFolders& kept, Observer& observer);
  /// The folder or sdist as the user named it.
  [[nodiscard]] const std::filesystem::path& origin() const noexcept { return origin_; }
  /// The file name of the sdist; where the user named a symbolic link, of what it leads to.
  [[nodiscard]] const std::string& sdist_name() const noexcept { return sdist_name_; }

 private:
  SourceTree(std::filesystem::path origin,
             std::filesystem::path root,
             std::string sdist_name,
             std::optional<ipc::PrivateDir> unpacked)
      : origin_(std::move(origin)),
        root_(std::move(root)),
        sdist_name_(std::move(sdist_name)),
        unpacked_(std::move(unpacked)) {}

  std::filesystem::path origin_;
  std::filesystem::path root_;
  std::string sdist_name_;  // empty: not from an sdist
  std::optional<ipc::PrivateDir> unpacked_;
};

}  // namespace axle::frontend
