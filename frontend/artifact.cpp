#include "frontend/artifact.hpp"

#include "frontend/artifact_contents.hpp"
#include "frontend/core_metadata.hpp"
#include "frontend/file_name.hpp"
#include "frontend/utf8.hpp"
#include "frontend/version.hpp"
#include "ipc/private_dir.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;

bool is_plain_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
}

std::unexpected<Error> cannot_move(const Artifact& artifact,
                                   const fs::path& target,
                                   std::string_view why) {
  return fail(errc::io_error,
              fmt::format("cannot put {} in place as {}: {}",
                          artifact.path.filename().string(),
                          target.string(),
                          why));
}

/// Where a rename cannot reach: copies into a folder beside `target`, then renames from there.
Result<> move_across(const Artifact& artifact, const fs::path& target) {
  TRY(const auto beside, ipc::PrivateDir::create(target.parent_path(), ".axle-"));
  const fs::path copy = beside.path() / target.filename();
  std::error_code error;
  fs::copy_file(artifact.path, copy, error);
  if (!error) fs::rename(copy, target, error);
  if (error) return cannot_move(artifact, target, error.message());
  fs::remove(artifact.path, error);
  return {};
}

}  // namespace

std::string_view to_string(ArtifactKind kind) noexcept {
  constexpr std::array<std::string_view, 3> names = {"sdist", "wheel", "editable"};
  return names.at(static_cast<std::size_t>(kind));
}

Result<fs::path> find_returned(const fs::path& directory, const std::string& returned) {
  const auto refuse = [&](std::string_view why) { return refuse_artifact(returned, why); };
  const std::string folder = directory.string() + '/';
  const std::string name = returned.starts_with(folder) ? returned.substr(folder.size()) : returned;
  if (!is_plain_name(name)) return refuse("a plain file name, without any folder, is expected");
  const fs::path path = directory / name;
  struct stat status = {};
  if (::lstat(path.c_str(), &status) < 0) {
    if (errno == ENOENT) return refuse("there is no such file in the folder it was given");
    return refuse(std::generic_category().message(errno));
  }
  if (S_ISLNK(status.st_mode)) return refuse("that is a symbolic link");
  if (S_ISDIR(status.st_mode)) return refuse("that is a directory");
  if (!S_ISREG(status.st_mode)) return refuse("that is not a regular file");
  return path;
}

Result<Artifact> verify_artifact(ArtifactKind kind,
                                 const fs::path& directory,
                                 const std::string& returned) {
  TRY(const auto path, find_returned(directory, returned));
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  const fs::path absolute = fs::absolute(path, error);
  if (error) return refuse_artifact(returned, error.message());
  auto read = kind == ArtifactKind::sdist ? read_sdist(path) : read_wheel(path);
  if (!read) {
    // The folder is that of a moment; the name is what whoever reads this knows.
    std::string& message = read.error().message;
    if (message.starts_with(path.string()))
      message.erase(0, path.string().size() - path.filename().string().size());
  }
  TRY(auto contents, std::move(read));
  Artifact artifact{.kind = kind,
                    .path = absolute,
                    .name = std::move(contents.name),
                    .version = std::move(contents.version),
                    .size = size,
                    .metadata = std::move(contents.metadata),
                    .remarks = std::move(contents.remarks),
                    .warnings = std::move(contents.warnings)};
  if (returned.starts_with('/')) {
    artifact.remarks.push_back(
        fmt::format("the hook returned the whole path of {}, and PEP 517 wants its name alone",
                    printable(path.filename().string())));
  }
  return artifact;
}

Result<> verify_same_project(const Artifact& sdist, const Artifact& wheel) {
  if (normalized_name(sdist.name) == normalized_name(wheel.name) &&
      same_version(sdist.version, wheel.version)) {
    return {};
  }
  return fail(errc::bad_artifact,
              fmt::format("the sdist is {} {}, but the wheel is {} {}",
                          printable(sdist.name),
                          printable(sdist.version),
                          printable(wheel.name),
                          printable(wheel.version)));
}

Result<> verify_same_project(std::string_view sdist_name, const Artifact& wheel) {
  const auto stem = sdist_stem(sdist_name);
  if (stem && is_stem_of(*stem, wheel.name, wheel.version)) return {};
  return fail(errc::bad_artifact,
              fmt::format("the sdist is {}, but the wheel built from it is {} {}",
                          printable(sdist_name),
                          printable(wheel.name),
                          printable(wheel.version)),
              "the name of an sdist, {name}-{version}, says what is in it");
}

Result<Artifact> move_artifact(Artifact artifact, const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  const fs::path folder = fs::absolute(directory, error);
  const fs::path target = folder / artifact.path.filename();
  if (!fs::is_directory(folder, error)) {
    return cannot_move(
        artifact, target, error ? error.message() : folder.string() + " is not a directory");
  }
  if (fs::is_directory(fs::symlink_status(target, error))) {
    return cannot_move(artifact, target, "a directory of that name is in the way");
  }
  if (std::rename(artifact.path.c_str(), target.c_str()) < 0) {
    if (errno != EXDEV)
      return cannot_move(artifact, target, std::generic_category().message(errno));
    TRY(move_across(artifact, target));
  }
  artifact.path = target;
  return artifact;
}

}  // namespace axle::frontend
