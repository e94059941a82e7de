#include "frontend/source_tree.hpp"

#include "frontend/file_name.hpp"
#include "frontend/kept_folders.hpp"
#include "frontend/printed_text.hpp"
#include "frontend/tree_copy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <system_error>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;

Result<> check_sdist_name(const fs::path& origin) {
  const std::string name = origin.filename().string();
  if (name.ends_with(".whl")) {
    return fail(errc::usage,
                fmt::format("{} is a wheel: it is built already", origin.string()),
                "name a source tree or an sdist");
  }
  const auto stem = sdist_stem(name);
  if (!stem) {
    return fail(errc::invalid_project,
                fmt::format("{} is neither a source tree nor an sdist", origin.string()),
                "a source tree is a folder; an sdist ends in .tar.gz");
  }
  if (!looks_like_sdist_stem(*stem)) {
    return fail(errc::invalid_project,
                fmt::format("{} has not the name of an sdist", origin.string()),
                "an sdist is named {name}-{version}.tar.gz");
  }
  return {};
}

/// Whether an unpacked sdist has anything in it that makes a project.
bool has_project(const fs::path& root) {
  constexpr std::array<std::string_view, 3> marks = {"PKG-INFO", "pyproject.toml", "setup.py"};
  return std::ranges::any_of(marks, [&](std::string_view mark) {
    std::error_code ignored;
    return fs::is_regular_file(root / mark, ignored);
  });
}

/// What to do where nothing is at `origin`: axle builds what is here, other frontends also fetch
/// it.
std::string hint_for_missing(std::string_view origin) {
  if (origin.starts_with("file://")) return "name the folder or the sdist by its path";
  if (origin.contains("+") && origin.contains("://"))
    return "axle fetches nothing: clone the repository, and name its folder";
  if (origin.contains("://"))
    return "axle fetches nothing: download the sdist (curl -LO), and name the file";
  if (!origin.contains('/') && !sdist_stem(origin))
    return "name a source tree or an sdist; pip download --no-deps --no-binary :all: NAME fetches "
           "the sdist of a package";
  return "name a source tree or an sdist";
}

}  // namespace

Result<SourceTree> SourceTree::open(const fs::path& origin, const ArchiveLimits& limits) {
  if (origin.empty()) {
    return fail(errc::usage, "the name of the project is empty", "\".\" is the current folder");
  }
  std::error_code error;
  const fs::path place = fs::canonical(origin, error);
  if (error) {
    return fail(
        errc::invalid_project,
        fmt::format(
            "there is no project at {}: {}", hide_credentials(origin.string()), error.message()),
        hint_for_missing(origin.string()));
  }
  if (fs::is_directory(place, error)) return SourceTree(origin, place, {}, std::nullopt);
  if (!fs::is_regular_file(place, error)) {
    return fail(errc::invalid_project,
                fmt::format("{} is neither a folder nor a regular file", origin.string()));
  }
  const fs::path sdist = fs::is_symlink(origin, error) ? place : origin;
  TRY(check_sdist_name(sdist));
  TRY(auto unpacked, ipc::PrivateDir::create(ipc::temporary_directory(), "axle-sdist-"));
  TRY(const fs::path top, extract_sdist(sdist, unpacked.path(), errc::invalid_project, limits));
  if (!has_project(top)) {
    return fail(errc::invalid_project,
                fmt::format("{} has no PKG-INFO, pyproject.toml or setup.py in its folder {}",
                            origin.string(),
                            top.filename().string()));
  }
  const fs::path root = fs::canonical(top, error);
  if (error) {
    return fail(errc::io_error,
                fmt::format("cannot resolve {}: {}", top.string(), error.message()));
  }
  return SourceTree(origin, root, sdist.filename().string(), std::move(unpacked));
}

Result<SourceTree> SourceTree::copy(const Cancellation& cancellation) const {
  TRY(auto folder, ipc::PrivateDir::create(ipc::temporary_directory(), "axle-tree-"));
  std::error_code error;
  const fs::path place = fs::canonical(folder.path(), error);
  if (error) {
    return fail(errc::io_error,
                fmt::format("cannot resolve {}: {}", folder.path().string(), error.message()));
  }
  fs::path root = place / (root_.has_filename() ? root_.filename() : fs::path("tree"));
  TRY(copy_tree(root_, root, cancellation));
  return SourceTree(origin_, std::move(root), sdist_name_, std::move(folder));
}

void SourceTree::leave_in(KeptFolders& kept, Observer& observer) {
  if (!unpacked_) return;
  kept.keep(*unpacked_,
            is_from_sdist() ? fmt::format("the unpacked {}", sdist_name_)
                            : fmt::format("the copy of {}", root_.filename().string()),
            observer);
}

}  // namespace axle::frontend
