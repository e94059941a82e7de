// RECORD of a wheel: the hash and the size of each of its files. "Installation will fail if any
// file in the archive is not both mentioned and correctly hashed in RECORD",
// https://packaging.python.org/en/latest/specifications/binary-distribution-format/.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace axle::frontend {

/// A file as it is found in the archive.
struct WheelFile {
  std::string name;
  std::uintmax_t size = 0;  ///< Bytes.
  std::string sha256;       ///< As Sha256::base64 gives it.
};

/// The rows of CSV text, as Python's csv module writes it.
std::vector<std::vector<std::string>> parse_csv(std::string_view text);

/// What is wrong with `record`, the text of RECORD in the folder `dist_info`, for an archive of
/// these files: the first contradiction, as the rest of a sentence "but ...". Nothing: all of them
/// are there and hashed right. Of hashes that are better than SHA-256 only their presence counts.
std::optional<std::string> find_contradiction(std::string_view record,
                                              std::span<const WheelFile> files,
                                              std::string_view dist_info);

}  // namespace axle::frontend
