#include "frontend/local_requirement.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace axle::frontend {
namespace {

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
      decoded += static_cast<char>(value);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

}  // namespace

std::optional<std::filesystem::path> local_path_of(std::string_view requirement) {
  constexpr std::string_view scheme = "file:";
  const std::size_t begin = requirement.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return std::nullopt;
  if (requirement[begin] == '.' || requirement[begin] == '/') {
    const std::string_view path = requirement.substr(begin);
    return path.substr(0, path.find_first_of(" \t;["));
  }
  const std::size_t at = requirement.find(scheme);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view path = requirement.substr(at + scheme.size());
  // file://host/path, where the host is empty or this machine.
  if (path.starts_with("//")) path.remove_prefix(std::min(path.find('/', 2), path.size()));
  return percent_decoded(path.substr(0, path.find_first_of(" \t;#?")));
}

}  // namespace axle::frontend
