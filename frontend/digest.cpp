#include "frontend/digest.hpp"

#include <fmt/format.h>
#include <nettle/sha2.h>

#include <array>
#include <cstdint>

namespace axle::frontend {

struct Digest::State {
  State() { nettle_sha256_init(&context); }
  void update(std::string_view bytes) {
    nettle_sha256_update(
        &context, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
  }
  sha256_ctx context{};
};

Digest::Digest() : state_(std::make_unique<State>()) {}
Digest::~Digest() = default;

void Digest::add(std::string_view part) {
  // With its length, so that no two lists of parts read the same.
  state_->update(fmt::format("{}:", part.size()));
  state_->update(part);
}

std::string Digest::hexadecimal() {
  std::array<std::uint8_t, SHA256_DIGEST_SIZE> bytes{};
  nettle_sha256_digest(&state_->context, bytes.size(), bytes.data());
  std::string text;
  for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace axle::frontend
