#include "frontend/file_name.hpp"

#include "frontend/core_metadata.hpp"
#include "frontend/utf8.hpp"
#include "frontend/version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace axle::frontend {
namespace {

constexpr std::array<std::string_view, 5> sdist_suffixes = {
    ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// What Python's \w takes, with every character outside of ASCII for a letter.
bool is_word_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool consists_of_words(std::string_view text, std::string_view also) {
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return is_word_character(c) || also.find(c) != std::string_view::npos;
  });
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t end; (end = text.find(separator)) != std::string_view::npos;) {
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  parts.push_back(text);
  return parts;
}

/// Whether `accept(name, version)` holds for any hyphen of `stem` as the border between the two.
template <class Accept>
bool any_split(std::string_view stem, Accept accept) {
  for (std::size_t hyphen = stem.find('-'); hyphen != std::string_view::npos;
       hyphen = stem.find('-', hyphen + 1)) {
    if (accept(stem.substr(0, hyphen), stem.substr(hyphen + 1))) return true;
  }
  return false;
}

}  // namespace

Result<WheelName> parse_wheel_name(std::string_view file_name) {
  const auto refuse = [&](std::string_view reason) {
    return fail(errc::bad_artifact,
                fmt::format("'{}' is not the name of a wheel: {}", printable(file_name), reason),
                "a wheel is named {distribution}-{version}-{python tag}-{abi tag}-{platform "
                "tag}.whl, with an optional build tag after the version");
  };
  if (!file_name.ends_with(".whl")) return refuse("it does not end in .whl");
  const auto parts = split(file_name.substr(0, file_name.size() - 4), '-');
  if (parts.size() != 5 && parts.size() != 6) {
    return refuse(
        fmt::format("it has {} parts between its hyphens instead of 5 or 6", parts.size()));
  }
  const std::string_view build_tag = parts.size() == 6 ? parts[2] : std::string_view{};
  if (!consists_of_words(parts[0], ".")) {
    return refuse(fmt::format("'{}' cannot be the name of a distribution", printable(parts[0])));
  }
  if (!consists_of_words(parts[1], ".+!")) {
    return refuse(fmt::format("'{}' cannot be a version", printable(parts[1])));
  }
  if (parts.size() == 6 && (!consists_of_words(build_tag, ".") || !is_digit(build_tag.front()))) {
    return refuse(
        fmt::format("the build tag '{}' does not begin with a digit", printable(build_tag)));
  }
  const std::size_t tags = parts.size() - 3;
  for (std::size_t tag = tags; tag < parts.size(); ++tag) {
    if (!consists_of_words(parts[tag], ".")) {
      return refuse(fmt::format("'{}' cannot be a compatibility tag", printable(parts[tag])));
    }
  }
  return WheelName{.distribution = std::string(parts[0]),
                   .version = std::string(parts[1]),
                   .build_tag = std::string(build_tag),
                   .python_tag = std::string(parts[tags]),
                   .abi_tag = std::string(parts[tags + 1]),
                   .platform_tag = std::string(parts[tags + 2])};
}

std::optional<std::string_view> sdist_stem(std::string_view file_name) {
  for (const std::string_view suffix : sdist_suffixes) {
    if (file_name.ends_with(suffix)) return file_name.substr(0, file_name.size() - suffix.size());
  }
  return std::nullopt;
}

bool looks_like_sdist_stem(std::string_view stem) {
  return any_split(stem, [](std::string_view name, std::string_view version) {
    if (version.starts_with('v')) version.remove_prefix(1);
    return !name.empty() && !version.empty() && is_digit(version.front());
  });
}

bool is_stem_of(std::string_view stem, std::string_view name, std::string_view version) {
  return any_split(stem, [&](std::string_view its_name, std::string_view its_version) {
    return normalized_name(its_name) == normalized_name(name) && same_version(its_version, version);
  });
}

}  // namespace axle::frontend
