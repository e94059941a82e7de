// SHA-256: of contents, of files, and of lists of texts, for names that are made of all that
// decides something.
#pragma once

#include "ipc/error.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace axle::frontend {

/// The SHA-256 of bytes that come in pieces.
class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  ~Sha256();

  void add(std::string_view bytes);
  /// 64 hexadecimal digits; the next `add` begins anew.
  std::string hexadecimal();
  /// As RECORD of a wheel has it: the URL's base64, without "=" at its end. Begins anew, too.
  std::string base64();

 private:
  struct State;  // keeps nettle out of this header
  std::unique_ptr<State> state_;
};

/// Two lists of parts have one digest if they are equal, part for part.
class Digest {
 public:
  void add(std::string_view part);
  /// 64 hexadecimal digits. Call it once, at the end.
  std::string hexadecimal() { return sha256_.hexadecimal(); }

 private:
  Sha256 sha256_;
};

/// SHA-256 of the bytes of a file, as 64 hexadecimal digits. Fails with `errc::io_error`.
Result<std::string> sha256_of_file(const std::filesystem::path& file);

}  // namespace axle::frontend
