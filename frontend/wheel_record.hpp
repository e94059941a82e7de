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

struct RecordFindings {
  /// The first thing that is wrong, as the rest of a sentence "FILE ...". Nothing: all files are
  /// there and none has another hash or size than is told.
  std::optional<std::string> contradiction = std::nullopt;
  /// The first file of which no hash is told: installers take such a wheel all the same.
  std::optional<std::string> unhashed = std::nullopt;
};

/// Holds `record`, the text of RECORD in the folder `dist_info`, against an archive of these files.
/// Of hashes that are better than SHA-256 only their presence counts.
RecordFindings examine_record(std::string_view record,
                              std::span<const WheelFile> files,
                              std::string_view dist_info);

}  // namespace axle::frontend
