#include "frontend/digest.hpp"

#include "ipc/fd.hpp"

#include <fmt/format.h>
#include <nettle/sha2.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace axle::frontend {
namespace {

class Sha256 {
 public:
  Sha256() { nettle_sha256_init(&context_); }
  void update(std::string_view bytes) {
    nettle_sha256_update(
        &context_, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
  }
  std::string hexadecimal() {
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> bytes{};
    nettle_sha256_digest(&context_, bytes.size(), bytes.data());
    std::string text;
    for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
    return text;
  }

 private:
  sha256_ctx context_{};
};

}  // namespace

struct Digest::State {
  Sha256 sha256;
};

Digest::Digest() : state_(std::make_unique<State>()) {}
Digest::~Digest() = default;

void Digest::add(std::string_view part) {
  // With its length, so that no two lists of parts read the same.
  state_->sha256.update(fmt::format("{}:", part.size()));
  state_->sha256.update(part);
}

std::string Digest::hexadecimal() {
  return state_->sha256.hexadecimal();
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
    sha256.update(std::string_view(bytes).substr(0, static_cast<std::size_t>(count)));
  }
}

}  // namespace axle::frontend
