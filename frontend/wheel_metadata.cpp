#include "frontend/wheel_metadata.hpp"

#include "frontend/archive.hpp"
#include "frontend/core_metadata.hpp"
#include "frontend/file_name.hpp"
#include "frontend/metadata_directory.hpp"
#include "ipc/private_dir.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

namespace axle::frontend {

Result<ipc::JsonText> metadata_of_wheel(const std::filesystem::path& wheel) {
  std::error_code error;
  const auto place = std::filesystem::canonical(wheel, error);
  if (error) {
    return fail(errc::invalid_project,
                fmt::format("there is no wheel at {}: {}", wheel.string(), error.message()));
  }
  auto name = parse_wheel_name(place.filename().string());
  if (!name) {
    name.error().code = errc::invalid_project;
    return std::unexpected(std::move(name).error());
  }
  TRY(const auto scratch, ipc::PrivateDir::create(ipc::temporary_directory(), "axle-metadata-"));
  TRY(const auto dist_info, extract_dist_info(place, scratch.path(), errc::invalid_project));
  auto text = read_metadata(dist_info);
  if (!text && text.error().code == errc::bad_artifact) text.error().code = errc::invalid_project;
  TRY(const auto metadata, std::move(text));
  return CoreMetadata::parse(metadata).to_json();
}

}  // namespace axle::frontend
