#include "frontend/digest.hpp"

#include "ipc/fd.hpp"

#include <fmt/format.h>
#include <nettle/base64.h>
#include <nettle/sha2.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace axle::frontend {

struct Sha256::State {
  State() { nettle_sha256_init(&context); }
  std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest() {
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> bytes{};
    nettle_sha256_digest(&context, bytes.size(), bytes.data());
    return bytes;
  }
  sha256_ctx context{};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
  nettle_sha256_update(
      &state_->context, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
}

std::string Sha256::hexadecimal() {
  std::string text;
  for (const std::uint8_t byte : state_->digest()) text += fmt::format("{:02x}", byte);
  return text;
}

std::string Sha256::base64() {
  const auto bytes = state_->digest();
  base64_encode_ctx encoder{};
  nettle_base64url_encode_init(&encoder);
  std::string text(BASE64_ENCODE_LENGTH(bytes.size()) + BASE64_ENCODE_FINAL_LENGTH, '\0');
  std::size_t size = nettle_base64_encode_update(&encoder, text.data(), bytes.size(), bytes.data());
  size += nettle_base64_encode_final(&encoder, text.data() + size);
  text.resize(size);
  while (text.ends_with('=')) text.pop_back();
  return text;
}

void Digest::add(std::string_view part) {
  // With its length, so that no two lists of parts read the same.
  sha256_.add(fmt::format("{}:", part.size()));
  sha256_.add(part);
}

Result<std::string> sha256_of_file(const std::filesystem::path& file) {
  const auto failed = [&] {
    return fail_errno(errc::io_error, "cannot read " + file.string(), errno);
  };
  const ipc::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd) return failed();
  Sha256 sha256;
  constexpr std::size_t at_once = std::size_t{256} * 1024;
  std::string bytes(at_once, '\0');
  for (;;) {
    const ssize_t count = ::read(fd.number(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed();
    if (count == 0) return sha256.hexadecimal();
    sha256.add(std::string_view(bytes).substr(0, static_cast<std::size_t>(count)));
  }
}

}  // namespace axle::frontend
