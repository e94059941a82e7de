// What is installed in an environment, as its packages tell it themselves.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace axle::frontend {

struct InstalledPackage {
  std::string name;  ///< As its metadata spells it.
  std::string version;
  /// It was asked for by name, and not only by another package.
  bool is_direct = false;
};

/// The packages that have a *.dist-info folder in `site_packages`
/// (https://packaging.python.org/en/latest/specifications/recording-installed-packages/), by name;
/// direct are those that `requirements` (PEP 508) name. One that cannot be read is left out.
std::vector<InstalledPackage> installed_packages(const std::filesystem::path& site_packages,
                                                 std::span<const std::string> requirements);

}  // namespace axle::frontend
