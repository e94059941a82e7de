// Archives, read only: what is in an sdist or a wheel, and unpacking it where it can do no harm.
//
//   TRY(auto tree, extract_sdist("attrs-26.1.0.tar.gz", folder, errc::invalid_project));
//   TRY(auto metadata, read_member("x-1-py3-none-any.whl", "x-1.dist-info/METADATA", 1 << 20,
//   ...));
//
// The suffix says what an archive is: .tar.gz, .tgz, .tar.bz2, .tar.xz, and .zip or .whl. Whatever
// is wrong with one (not there, no such archive, damaged, cut off, past a limit, hostile) fails
// with the code that the caller passes as `blame`: `errc::invalid_project` for what a user gave,
// `errc::bad_artifact` for what a hook made. Safe to use in several threads at once.
#pragma once

#include "ipc/error.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace axle::frontend {

/// What an archive may come to; far above any honest sdist or wheel.
struct ArchiveLimits {
  std::uintmax_t entries = 200'000;   ///< Members, and folders made for them.
  std::uintmax_t bytes = 4ULL << 30;  ///< Of all members together, unpacked.
  std::uintmax_t ratio = 250;         ///< Unpacked to packed, for what is beyond `ratio_from`.
  std::uintmax_t ratio_from = 64ULL << 20;  ///< Bytes.
};

/// For what was built just now, by hooks that could fill the disk without an archive.
inline constexpr ArchiveLimits limits_of_own_artifacts{
    .bytes = std::numeric_limits<std::uintmax_t>::max(),
    .ratio = std::numeric_limits<std::uintmax_t>::max()};

struct ArchiveMember {
  enum class Kind { file, directory, link };
  std::string name;  ///< Relative, without "." and ".."; of a folder without a slash at its end.
  Kind kind = Kind::file;
  std::uintmax_t size = 0;  ///< Bytes, unpacked.
  std::string bytes = {};   ///< Of the files that were wanted.
};

/// Every member in the order of the archive, duplicates included, with the bytes of the files whose
/// name `wanted` accepts, `most` bytes in all. Reads the archive to its end.
Result<std::vector<ArchiveMember>> read_archive(
    const std::filesystem::path& archive,
    const std::function<bool(std::string_view name)>& wanted,
    std::uintmax_t most,
    errc blame,
    const ArchiveLimits& limits = {});

/// The bytes of the one file called `name`; there being none or several is the archive's fault.
Result<std::string> read_member(const std::filesystem::path& archive,
                                std::string_view name,
                                std::uintmax_t most,
                                errc blame,
                                const ArchiveLimits& limits = {});

/// Unpacks an sdist into `destination`, an empty folder of ours, and returns the one folder in it.
///
/// Nothing is written elsewhere: names with "..", and links that leave, are refused, leading
/// slashes dropped. Devices, FIFOs and sockets are refused. Of modes, only execution stays; owners
/// do not stay, times do. Of several members of one name the last stays. What was unpacked before a
/// failure is the caller's to remove. Fails with `errc::io_error` where `destination` cannot be
/// written, and see above.
Result<std::filesystem::path> extract_sdist(const std::filesystem::path& archive,
                                            const std::filesystem::path& destination,
                                            errc blame,
                                            const ArchiveLimits& limits = {});

/// Unpacks the one `*.dist-info` folder of a wheel into `destination`, by the same rules, and
/// returns where it is.
Result<std::filesystem::path> extract_dist_info(const std::filesystem::path& wheel,
                                                const std::filesystem::path& destination,
                                                errc blame,
                                                const ArchiveLimits& limits = {});

}  // namespace axle::frontend
