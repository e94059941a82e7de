#include "frontend/artifact.hpp"

#include "frontend/archive.hpp"
#include "frontend/core_metadata.hpp"
#include "frontend/file_name.hpp"
#include "frontend/utf8.hpp"
#include "frontend/version.hpp"
#include "ipc/private_dir.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>
#include <vector>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t most_metadata_bytes = 16U << 20;

/// The directory at the top of `name`, and what is below it.
std::pair<std::string_view, std::string_view> cut_top(std::string_view name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) return {name, {}};
  return {name.substr(0, slash), name.substr(slash + 1)};
}

struct Claim {
  std::string name;
  std::string version;
  std::string metadata;
};

/// The checks of one artifact; every error begins with what the hook returned.
class Verifier {
 public:
  Verifier(ArtifactKind kind, const fs::path& directory, const std::string& returned)
      : kind_(kind), returned_(returned), path_(directory / returned) {}

  Result<Artifact> verify() {
    TRY(check_plain_name());
    TRY(const std::uintmax_t size, check_regular_file());
    TRY(auto claim, kind_ == ArtifactKind::sdist ? verify_sdist() : verify_wheel());
    std::error_code error;
    const fs::path absolute = fs::absolute(path_, error);
    if (error) return refuse(error.message());
    return Artifact{.kind = kind_,
                    .path = absolute,
                    .name = std::move(claim.name),
                    .version = std::move(claim.version),
                    .size = size,
                    .metadata = std::move(claim.metadata)};
  }

 private:
  [[nodiscard]] std::unexpected<Error> refuse(std::string_view why) const {
    return fail(errc::bad_artifact,
                fmt::format("the hook returned '{}', but {}", printable(returned_), why));
  }

  [[nodiscard]] Result<> check_plain_name() const {
    if (returned_.empty()) return refuse("that is no file name");
    if (returned_ == "." || returned_ == ".." ||
        returned_.find_first_of(std::string_view("/\\\0", 3)) != std::string::npos) {
      return refuse("a plain file name, without any folder, is expected");
    }
    return {};
  }

  [[nodiscard]] Result<std::uintmax_t> check_regular_file() const {
    struct stat status = {};
    if (::lstat(path_.c_str(), &status) < 0) {
      if (errno == ENOENT) return refuse("there is no such file in the folder it was given");
      return refuse(std::generic_category().message(errno));
    }
    if (S_ISLNK(status.st_mode)) return refuse("that is a symbolic link");
    if (S_ISDIR(status.st_mode)) return refuse("that is a directory");
    if (!S_ISREG(status.st_mode)) return refuse("that is not a regular file");
    return static_cast<std::uintmax_t>(status.st_size);
  }

  [[nodiscard]] Result<Claim> verify_sdist() const {
    const auto stem = sdist_stem(returned_);
    if (!stem || !returned_.ends_with(".tar.gz")) return refuse("an sdist ends in .tar.gz");
    TRY(const auto members,
        read_archive(
            path_,
            [](std::string_view name) { return cut_top(name).second == "PKG-INFO"; },
            most_metadata_bytes,
            errc::bad_artifact,
            limits_of_own_artifacts));
    const ArchiveMember* pkg_info = nullptr;
    std::string_view top;
    for (const ArchiveMember& member : members) {
      const auto [its_top, rest] = cut_top(member.name);
      if (top.empty()) top = its_top;
      if (its_top != top) {
        return refuse(
            fmt::format("there is '{}' beside '{}' in it", printable(its_top), printable(top)));
      }
      // As when it is unpacked, the last of several stays.
      if (rest == "PKG-INFO" && member.kind == ArchiveMember::Kind::file) pkg_info = &member;
    }
    if (pkg_info == nullptr) return refuse("there is no PKG-INFO in it");
    TRY(auto claim, read_claim(*pkg_info));
    if (!is_stem_of(*stem, claim.name, claim.version)) return refuse_claim(*pkg_info, claim);
    if (!is_stem_of(top, claim.name, claim.version)) {
      return refuse(fmt::format("the folder in it is '{}'", printable(top)));
    }
    return claim;
  }

  [[nodiscard]] Result<Claim> verify_wheel() const {
    TRY(const auto name, parse_wheel_name(returned_));
    TRY(const auto members,
        read_archive(
            path_,
            [](std::string_view member) {
              const auto [top, rest] = cut_top(member);
              return top.ends_with(".dist-info") && rest == "METADATA";
            },
            most_metadata_bytes,
            errc::bad_artifact,
            limits_of_own_artifacts));
    std::vector<std::string_view> dist_infos;
    std::vector<const ArchiveMember*> found;
    for (const ArchiveMember& member : members) {
      const auto [top, rest] = cut_top(member.name);
      if (!top.ends_with(".dist-info")) continue;
      if (std::ranges::find(dist_infos, top) == dist_infos.end()) dist_infos.push_back(top);
      if (rest == "METADATA" && member.kind == ArchiveMember::Kind::file) found.push_back(&member);
    }
    if (dist_infos.size() > 1) {
      return refuse(fmt::format("there are {} *.dist-info folders in it", dist_infos.size()));
    }
    if (found.size() != 1) {
      return refuse(fmt::format(
          "there {} in it", found.empty() ? "is no *.dist-info/METADATA" : "are several METADATA"));
    }
    const ArchiveMember& metadata = *found.front();
    TRY(auto claim, read_claim(metadata));
    if (normalized_name(name.distribution) != normalized_name(claim.name) ||
        !same_version(name.version, claim.version)) {
      return refuse_claim(metadata, claim);
    }
    const std::string_view dist_info = dist_infos.front();
    constexpr std::string_view suffix = ".dist-info";
    if (!is_stem_of(
            dist_info.substr(0, dist_info.size() - suffix.size()), claim.name, claim.version)) {
      return refuse(fmt::format("its metadata is in {}", printable(dist_info)));
    }
    return claim;
  }

  /// The one name and the one version that core metadata has.
  [[nodiscard]] Result<Claim> read_claim(const ArchiveMember& member) const {
    const CoreMetadata metadata = CoreMetadata::parse(member.bytes);
    Claim claim;
    for (const auto& [field, value] :
         {std::pair("Name", &claim.name), std::pair("Version", &claim.version)}) {
      auto values = metadata.values(field);
      if (values.size() != 1 || values.front().empty()) {
        return refuse(fmt::format("{} in it has {} {}",
                                  printable(member.name),
                                  values.size() > 1 ? "several" : "no",
                                  field));
      }
      *value = std::move(values.front());
    }
    claim.metadata = member.bytes;
    return claim;
  }

  [[nodiscard]] std::unexpected<Error> refuse_claim(const ArchiveMember& member,
                                                    const Claim& claim) const {
    return refuse(fmt::format("{} in it is that of {} {}",
                              printable(member.name),
                              printable(claim.name),
                              printable(claim.version)));
  }

  ArtifactKind kind_;
  const std::string& returned_;
  fs::path path_;
};

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

Result<Artifact> verify_artifact(ArtifactKind kind,
                                 const fs::path& directory,
                                 const std::string& returned) {
  return Verifier(kind, directory, returned).verify();
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
