#include "cli/dotenv.hpp"

#include "cli/printable.hpp"
#include "ipc/private_dir.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <system_error>

namespace axle::cli {
namespace {

std::string shown(const std::filesystem::path& path, const std::filesystem::path& folder) {
  const auto relative = path.lexically_relative(folder);
  return relative.empty() || *relative.begin() == ".." ? path.string() : relative.string();
}

std::string upper(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(
      upper, upper.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
  return upper;
}

}  // namespace

Result<std::string> dotenv_of(const std::deque<ProjectReport>& projects,
                              const std::filesystem::path& folder) {
  std::string lines;
  std::string all;
  std::set<std::string> told;
  const auto tell = [&](const std::string& key, std::string_view value) {
    if (told.insert(key).second) lines += fmt::format("{}={}\n", key, value);
  };
  for (const ArtifactReport* report : distinct_artifacts(projects)) {
    const auto& [artifact, sha256] = *report;
    const std::string path = shown(artifact.path, folder);
    if (path.find_first_of("\r\n") != std::string::npos) {
      return fail(errc::io_error,
                  fmt::format("--dotenv: no line can hold the path {}", printable(path)));
    }
    const std::string key = "BUILT_" + upper(to_string(artifact.kind));
    tell("BUILT_NAME", artifact.name);
    tell("BUILT_VERSION", artifact.version);
    tell(key, path);
    tell(key + "_SHA256", sha256);
    all += (all.empty() ? "" : " ") + path;
  }
  if (!all.empty()) tell("BUILT_ARTIFACTS", all);
  return lines;
}

Result<> write_dotenv(const std::deque<ProjectReport>& projects,
                      const std::filesystem::path& file) {
  std::error_code error;
  const auto here = std::filesystem::current_path(error);
  TRY(const auto lines, dotenv_of(projects, here));
  return ipc::write_file_atomically(file, lines);
}

}  // namespace axle::cli
