#include "frontend/installed_packages.hpp"

#include "frontend/core_metadata.hpp"
#include "frontend/requirement.hpp"
#include "ipc/private_dir.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string_view>

namespace axle::frontend {

namespace fs = std::filesystem;

std::vector<InstalledPackage> installed_packages(const fs::path& site_packages,
                                                 std::span<const std::string> requirements) {
  std::set<std::string> direct;
  for (const std::string& requirement : requirements) direct.insert(required_name(requirement));
  constexpr std::size_t longest_metadata = std::size_t{4} * 1024 * 1024;
  std::vector<InstalledPackage> packages;
  std::error_code error;
  for (fs::directory_iterator entry(site_packages, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() != ".dist-info") continue;
    const auto text = ipc::read_file(entry->path() / "METADATA", longest_metadata);
    if (!text) continue;
    // The description follows the first empty line.
    const auto metadata =
        CoreMetadata::parse(std::string_view(*text).substr(0, text->find("\n\n")));
    auto name = metadata.value("Name");
    auto version = metadata.value("Version");
    if (!name || !version) continue;
    const bool is_direct = direct.contains(normalized_name(*name));
    packages.push_back({*std::move(name), *std::move(version), is_direct});
  }
  std::ranges::sort(
      packages, {}, [](const InstalledPackage& package) { return normalized_name(package.name); });
  return packages;
}

}  // namespace axle::frontend
