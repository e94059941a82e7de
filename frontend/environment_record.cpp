#include "frontend/environment_record.hpp"

#include "frontend/file_identity.hpp"
#include "ipc/json.hpp"
#include "ipc/private_dir.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <system_error>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;
namespace json = ipc::json;

constexpr std::int64_t format = 1;
constexpr std::size_t longest_record = std::size_t{8} * 1024 * 1024;

/// Walks through the environment, without following links.
Result<> survey(const fs::path& folder, EnvironmentRecord& record) {
  const auto stamp = [&](const fs::path& path) {
    record.stamps.emplace_back(path.lexically_relative(folder), file_stamp(path));
  };
  for (const char* name : {"pyvenv.cfg", "bin/python"}) stamp(folder / name);
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::file_status status = entry->symlink_status(error);
    const fs::path& path = entry->path();
    if (fs::is_regular_file(status)) record.size += entry->file_size(error);
    if (fs::is_directory(status) && path.filename() != "__pycache__") stamp(path);
    const bool is_top_level = path.parent_path().filename() == "site-packages";
    if (fs::is_regular_file(status) && is_top_level) stamp(path);
  }
  if (!error) return {};
  return fail_errno(errc::environment_failed, "cannot read " + folder.string(), error.value());
}

std::string encode(const EnvironmentRecord& record) {
  std::vector<std::string> stamps;
  for (const auto& [path, stamp] : record.stamps) stamps.insert(stamps.end(), {path, stamp});
  ipc::JsonObject object;
  object.add("format", ipc::json_integer(format));
  object.add("key", ipc::json_string(record.key));
  object.add("made_ms", ipc::json_integer(record.made.time_since_epoch().count()));
  object.add("python", ipc::json_string(record.python));
  object.add("version", ipc::json_string(record.version));
  object.add("implementation", ipc::json_string(record.implementation));
  object.add("requirements", ipc::json_strings(record.requirements));
  object.add("size", ipc::json_unsigned(record.size));
  object.add("stamps", ipc::json_strings(stamps));
  return object.text().text + "\n";
}

Result<EnvironmentRecord> decode(std::string_view text) {
  TRY(const json::Value value, json::parse(text, 4));
  const auto* object = std::get_if<json::Object>(&value.data);
  if (object == nullptr || json::get<std::int64_t>(*object, "format") != format) {
    return fail(errc::protocol_error, "it is of another format");
  }
  EnvironmentRecord record;
  TRY(record.key, json::require<std::string>(*object, "key"));
  TRY(const auto made, json::require<std::int64_t>(*object, "made_ms"));
  record.made = SystemTime(std::chrono::milliseconds(made));
  TRY(record.python, json::require<std::string>(*object, "python"));
  TRY(record.version, json::require<std::string>(*object, "version"));
  TRY(record.implementation, json::require<std::string>(*object, "implementation"));
  TRY(record.requirements, json::require<std::vector<std::string>>(*object, "requirements"));
  TRY(record.size, json::require<std::uint64_t>(*object, "size"));
  TRY(const auto stamps, json::require<std::vector<std::string>>(*object, "stamps"));
  for (std::size_t i = 0; i + 1 < stamps.size(); i += 2) {
    record.stamps.emplace_back(stamps[i], stamps[i + 1]);
  }
  return record;
}

}  // namespace

Result<> write_record(const fs::path& folder, EnvironmentRecord record) {
  record.size = 0;
  record.stamps.clear();
  TRY(survey(folder, record));
  auto written = ipc::write_file_atomically(folder / record_name, encode(record), 0600);
  if (!written) return fail(errc::environment_failed, std::move(written).error().message);
  return {};
}

std::optional<EnvironmentRecord> read_record(const fs::path& folder) {
  const auto text = ipc::read_file(folder / record_name, longest_record);
  if (!text) return std::nullopt;
  auto record = decode(*text);
  if (!record) return std::nullopt;
  return *std::move(record);
}

std::optional<std::string> damage_of(const fs::path& folder, const EnvironmentRecord& record) {
  std::string path = folder.native() + '/';
  const std::size_t prefix = path.size();
  for (const auto& [name, stamp] : record.stamps) {
    path.replace(prefix, path.npos, name);
    const std::string now = file_stamp(path);
    if (now != stamp) return name + (now == "none" ? " is missing" : " has changed");
  }
  return std::nullopt;
}

std::string without_credentials(std::string requirement) {
  const std::size_t scheme = requirement.find("://");
  if (scheme == requirement.npos) return requirement;
  const std::size_t begin = scheme + 3;
  const std::size_t end = std::min(requirement.find('/', begin), requirement.size());
  const std::size_t at = requirement.rfind('@', end);
  if (at != requirement.npos && at > begin) requirement.replace(begin, at - begin, "***");
  return requirement;
}

std::vector<std::string> shown_requirements(std::vector<std::string> requirements) {
  for (std::string& requirement : requirements) {
    requirement = without_credentials(std::move(requirement));
  }
  return requirements;
}

}  // namespace axle::frontend
