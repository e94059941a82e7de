#include "frontend/metadata_directory.hpp"

#include "frontend/utf8.hpp"
#include "ipc/private_dir.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_metadata = 16U << 20;

std::unexpected<Error> refuse(const std::string& returned, std::string_view why) {
  return fail(errc::bad_artifact,
              fmt::format("prepare_metadata returned '{}', but {}", printable(returned), why));
}

/// A line of metadata as a message shows it.
std::string shown(std::string_view text, std::size_t begin) {
  if (begin >= text.size()) return "nothing";
  return fmt::format("'{}'", printable(text.substr(begin, text.find('\n', begin) - begin)));
}

}  // namespace

Result<fs::path> verify_dist_info(const fs::path& metadata_directory, const std::string& returned) {
  if (returned.find_first_of(std::string_view("/\\\0", 3)) != std::string::npos) {
    return refuse(returned, "a plain name, without any folder, is expected");
  }
  if (!returned.ends_with(".dist-info")) return refuse(returned, "that is no .dist-info folder");
  fs::path path = metadata_directory / returned;
  std::error_code error;
  const auto status = fs::symlink_status(path, error);
  if (!fs::exists(status)) return refuse(returned, "there is no such folder where it was to be");
  if (!fs::is_directory(status)) return refuse(returned, "that is not a folder");
  return path;
}

Result<std::string> read_metadata(const fs::path& dist_info) {
  auto text = ipc::read_file(dist_info / "METADATA", longest_metadata);
  if (!text) {
    return fail(errc::bad_artifact,
                fmt::format("the metadata that was made cannot be read: {}", text.error().message));
  }
  return text;
}

Result<> verify_same_metadata(std::string_view prepared, const Artifact& wheel) {
  const std::string_view built = wheel.metadata;
  if (prepared == built) return {};
  const auto first =
      static_cast<std::size_t>(std::ranges::mismatch(prepared, built).in1 - prepared.begin());
  const std::size_t line = prepared.substr(0, first).rfind('\n') + 1;
  return fail(
      errc::bad_artifact,
      fmt::format("the metadata of {} is not what prepare_metadata_for_build_wheel has told: "
                  "METADATA has {} where {} was told",
                  printable(wheel.path.filename().string()),
                  shown(built, line),
                  shown(prepared, line)),
      "the build backend has to use the metadata_directory that it is given");
}

}  // namespace axle::frontend
