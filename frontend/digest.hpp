// SHA-256: of a list of texts, for names that are made of all that decides something; and of files.
#pragma once

#include "ipc/error.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace axle::frontend {

/// Two lists of parts have one digest if they are equal, part for part.
class Digest {
 public:
  Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;
  ~Digest();

  void add(std::string_view part);
  /// 64 hexadecimal digits. Call it once, at the end.
  std::string hexadecimal();

 private:
  struct State;  // keeps nettle out of this header
  std::unique_ptr<State> state_;
};

/// SHA-256 of the bytes of a file, as 64 hexadecimal digits. Fails with `errc::io_error`.
Result<std::string> sha256_of_file(const std::filesystem::path& file);

}  // namespace axle::frontend
