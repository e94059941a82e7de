#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  axle::fuzz::check({reinterpret_cast<const char*>(data), size});
  return 0;
}

namespace axle::fuzz {

void hold(bool holds, std::string_view promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %.*s\n", static_cast<int>(promise.size()), promise.data());
  std::abort();
}

bool is_utf8(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  for (std::size_t i = 0; i < bytes.size();) {
    const unsigned char lead = at(i++);
    if (lead < 0x80) continue;
    const std::size_t more = lead < 0xC2 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    if (more == 0 || lead > 0xF4 || bytes.size() - i < more) return false;
    char32_t point = lead & (0x3FU >> more);
    for (const std::size_t end = i + more; i < end; ++i) {
      if ((at(i) & 0xC0) != 0x80) return false;
      point = point << 6 | (at(i) & 0x3FU);
    }
    const bool overlong = (more == 2 && point < 0x800) || (more == 3 && point < 0x10000);
    if (overlong || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return false;
  }
  return true;
}

bool is_ascii_line(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char c) { return c >= ' '; });  // char is signed
}

std::size_t Input::number() {
  if (rest_.empty()) return 0;
  const auto byte = static_cast<unsigned char>(rest_.front());
  rest_.remove_prefix(1);
  return byte;
}

std::vector<std::string_view> pieces(std::string_view bytes, std::size_t seed) {
  std::vector<std::string_view> cut;
  std::uint64_t state = seed;
  while (!bytes.empty()) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;  // Knuth's MMIX
    const std::size_t length =
        seed == 0 ? 1 : std::min<std::size_t>((state >> 33) % 9, bytes.size());
    cut.push_back(bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
  return cut;
}

}  // namespace axle::fuzz
