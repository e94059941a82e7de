// The names of sdists and wheels, taken apart. Pure: nothing here looks at a file.
#pragma once

#include "ipc/error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace axle::frontend {

/// `{distribution}-{version}(-{build tag})?-{python tag}-{abi tag}-{platform tag}.whl`, see
/// https://packaging.python.org/en/latest/specifications/binary-distribution-format/.
struct WheelName {
  std::string distribution;
  std::string version;
  std::string build_tag;  ///< May be empty.
  std::string python_tag;
  std::string abi_tag;
  std::string platform_tag;
};

/// Fails with `errc::bad_artifact`, saying what is wrong with the name.
Result<WheelName> parse_wheel_name(std::string_view file_name);

/// What stands before the suffix of an sdist: `foo-1.0` of `foo-1.0.tar.gz`. Nothing if the suffix
/// is none of .tar.gz and the legacy .tgz, .tar.bz2, .tar.xz and .zip.
std::optional<std::string_view> sdist_stem(std::string_view file_name);

/// Whether `stem` reads as `{name}-{version}`, the version beginning with a digit. The name may
/// have hyphens of its own, as those of legacy sdists do.
bool looks_like_sdist_stem(std::string_view stem);

/// Whether `stem`, of an sdist or a *.dist-info folder, is `name`-`version` in any spelling of the
/// two.
bool is_stem_of(std::string_view stem, std::string_view name, std::string_view version);

}  // namespace axle::frontend
