#include "frontend/installer_options.hpp"

#include "frontend/file_identity.hpp"
#include "frontend/printed_text.hpp"
#include "ipc/private_dir.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>
#include <system_error>

namespace axle::frontend {

std::vector<std::string> texts_of(const InstallerOptions& options) {
  constexpr std::size_t most = std::size_t{16} * 1024 * 1024;
  std::vector<std::string> texts;
  for (const auto& file : options.constraints) {
    std::error_code error;
    const auto content = ipc::read_file(std::filesystem::canonical(file, error), most);
    texts.push_back("constraints " + (content ? *content : file_identity(file)));
  }
  if (options.hashes == HashRule::required) texts.emplace_back("hashes are required");
  if (!options.index.empty()) texts.push_back("index " + hide_credentials(options.index));
  for (const auto& url : options.extra_indexes) {
    texts.push_back("extra index " + hide_credentials(url));
  }
  for (const auto& place : options.find_links) {
    texts.push_back("links " + hide_credentials(place) + " " + file_stamp(place));
  }
  if (!options.exclude_newer.empty()) texts.push_back("not newer than " + options.exclude_newer);
  return texts;
}

std::vector<std::string> arguments_of(const InstallerOptions& options) {
  std::vector<std::string> arguments;
  for (const auto& file : options.constraints) {
    arguments.insert(arguments.end(), {"--constraint", file.string()});
  }
  for (const auto& place : options.find_links) {
    arguments.insert(arguments.end(), {"--find-links", place});
  }
  if (options.hashes == HashRule::required) arguments.emplace_back("--require-hashes");
  return arguments;
}

void put_indexes(const InstallerOptions& options, EnvironmentVariables& variables) {
  if (!options.index.empty()) {
    // uv's newer names for the same would be heeded first.
    variables.remove({"UV_DEFAULT_INDEX", "UV_INDEX", "UV_NO_INDEX", "PIP_NO_INDEX"});
    variables.set("PIP_INDEX_URL", options.index);
    variables.set("UV_INDEX_URL", options.index);
  }
  if (options.extra_indexes.empty()) return;
  const std::string all = fmt::format("{}", fmt::join(options.extra_indexes, " "));
  variables.set("PIP_EXTRA_INDEX_URL", all);
  variables.set("UV_EXTRA_INDEX_URL", all);
}

}  // namespace axle::frontend
