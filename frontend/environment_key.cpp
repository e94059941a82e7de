#include "frontend/environment_key.hpp"

#include <fmt/format.h>
#include <nettle/sha2.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace axle::frontend {
namespace {

/// To be changed whenever environments of one key are made otherwise than before.
constexpr std::string_view format = "axle environment 1";

class Digest {
 public:
  Digest() { nettle_sha256_init(&context_); }

  /// With its length, so that no two lists of parts read the same.
  void add(std::string_view part) {
    update(fmt::format("{}:", part.size()));
    update(part);
  }

  std::string hexadecimal() {
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> bytes{};
    nettle_sha256_digest(&context_, bytes.size(), bytes.data());
    std::string text;
    for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
    return text;
  }

 private:
  void update(std::string_view bytes) {
    nettle_sha256_update(
        &context_, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
  }

  sha256_ctx context_{};
};

std::string_view name_of(InstallerChoice installer) {
  switch (installer) {
    case InstallerChoice::automatic: return "automatic";
    case InstallerChoice::uv: return "uv";
    case InstallerChoice::pip: return "pip";
  }
  return "";
}

}  // namespace

std::vector<std::string> sorted_requirements(std::vector<std::string> requirements) {
  std::ranges::sort(requirements);
  const auto repeated = std::ranges::unique(requirements);
  requirements.erase(repeated.begin(), repeated.end());
  return requirements;
}

std::string environment_key(const Interpreter& interpreter,
                            const std::vector<std::string>& requirements,
                            InstallerChoice installer) {
  Digest digest;
  digest.add(format);
  digest.add(interpreter.real_executable.native());
  digest.add(interpreter.implementation);
  digest.add(interpreter.version);
  digest.add(interpreter.platform);
  digest.add(name_of(installer));
  for (const std::string& requirement : sorted_requirements(requirements)) digest.add(requirement);
  return digest.hexadecimal();
}

}  // namespace axle::frontend
