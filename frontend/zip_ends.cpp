#include "frontend/zip_ends.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string_view>

namespace axle::frontend {
namespace {

constexpr std::string_view member_signature = "PK\x03\x04";
constexpr std::string_view end_signature = "PK\x05\x06";
constexpr std::size_t end_size = 22;  // with its comment's size, which is last, and without comment
constexpr std::size_t longest_comment = 0xffff;

/// Whether the record at `at` of `tail`, which is the end of a file, ends the file.
bool ends_file(std::string_view tail, std::size_t at) {
  if (tail.size() - at < end_size) return false;
  const auto low = static_cast<unsigned char>(tail[at + end_size - 2]);
  const auto high = static_cast<unsigned char>(tail[at + end_size - 1]);
  return tail.size() - at == end_size + low + 256u * high;
}

}  // namespace

Result<std::optional<std::string>> unsound_zip_ends(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  const std::streamoff size = in.tellg();
  const auto tail_size =
      static_cast<std::size_t>(std::clamp<std::streamoff>(size, 0, end_size + longest_comment));
  std::string head(std::min(tail_size, member_signature.size()), '\0');
  std::string tail(tail_size, '\0');
  in.seekg(0).read(head.data(), static_cast<std::streamsize>(head.size()));
  in.seekg(size - static_cast<std::streamoff>(tail_size))
      .read(tail.data(), static_cast<std::streamsize>(tail_size));
  if (!in) {
    return fail(errc::bad_artifact, fmt::format("cannot read {}", file.string()));
  }
  if (head != member_signature) return "has bytes before its first member";
  for (std::size_t at = tail.rfind(end_signature); at != tail.npos && at > 0;
       at = tail.rfind(end_signature, at - 1)) {
    if (ends_file(tail, at)) return std::nullopt;
  }
  return "has bytes after its end";
}

}  // namespace axle::frontend
