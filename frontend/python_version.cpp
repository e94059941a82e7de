#include "frontend/python_version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <cstddef>
#include <optional>
#include <vector>

namespace axle::frontend {
namespace {

using Release = std::vector<unsigned>;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The numbers before whatever ends a version ("3.14.0rc1"); nothing where there are none.
std::optional<Release> release_of(std::string_view text, bool whole) {
  Release release;
  while (true) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    release.push_back(number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.size() < 2 || text[0] != '.' || text[1] < '0' || text[1] > '9') break;
    text.remove_prefix(1);
  }
  if (whole && !text.empty()) return std::nullopt;
  return release;
}

std::strong_ordering compare(Release a, Release b) {
  const std::size_t size = std::max(a.size(), b.size());
  a.resize(size);
  b.resize(size);
  return a <=> b;
}

bool begins_with(const Release& version, const Release& prefix) {
  Release longer = version;
  longer.resize(std::max(version.size(), prefix.size()));
  return std::ranges::equal(
      prefix,
      std::vector(longer.begin(), longer.begin() + static_cast<std::ptrdiff_t>(prefix.size())));
}

Result<bool> fits_one(const Release& version, std::string_view specifier) {
  constexpr std::array<std::string_view, 8> operators{
      "===", "==", "!=", "<=", ">=", "~=", "<", ">"};
  const auto refuse = [&] {
    return fail(errc::usage,
                fmt::format("'{}' says nothing of versions", specifier),
                "write 3.12 or, with commas between, >=3.11, <3.14, ==3.12.*, !=3.12.1, ~=3.11");
  };
  const auto* const op = std::ranges::find_if(
      operators, [&](std::string_view one) { return specifier.starts_with(one); });
  std::string_view text = trimmed(op == operators.end() ? specifier : specifier.substr(op->size()));
  const bool is_prefix = text.ends_with(".*");
  if (is_prefix) text.remove_suffix(2);
  const auto wanted = release_of(text, op == operators.end() || is_prefix);
  if (!wanted) return refuse();
  if (op == operators.end()) return begins_with(version, *wanted);
  const bool same = is_prefix ? begins_with(version, *wanted) : compare(version, *wanted) == 0;
  if (*op == "==" || *op == "===") return same;
  if (*op == "!=") return !same;
  if (is_prefix) return refuse();
  if (*op == "<=") return compare(version, *wanted) <= 0;
  if (*op == ">=") return compare(version, *wanted) >= 0;
  if (*op == "<") return compare(version, *wanted) < 0;
  if (*op == ">") return compare(version, *wanted) > 0;
  if (wanted->size() < 2) return refuse();
  const Release series(wanted->begin(), wanted->end() - 1);
  return compare(version, *wanted) >= 0 && begins_with(version, series);
}

}  // namespace

bool is_version_wish(std::string_view text) {
  text = trimmed(text);
  return !text.empty() && (std::string_view("<>=!~").contains(text[0]) ||
                           text.find_first_not_of("0123456789.") == std::string_view::npos);
}

Result<bool> fits_python(std::string_view version, std::string_view wish) {
  const auto own = release_of(version, false);
  if (!own) return fail(errc::usage, fmt::format("'{}' is no version", version));
  bool fits = true;
  for (std::size_t begin = 0; begin <= wish.size();) {
    const std::size_t comma = std::min(wish.find(',', begin), wish.size());
    const std::string_view one = trimmed(wish.substr(begin, comma - begin));
    begin = comma + 1;
    if (one.empty()) continue;
    TRY(const bool fits_this, fits_one(*own, one));
    fits = fits && fits_this;
  }
  return fits;
}

}  // namespace axle::frontend
