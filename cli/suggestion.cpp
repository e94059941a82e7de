#include "cli/suggestion.hpp"

#include "frontend/edit_distance.hpp"

#include <algorithm>
#include <cstddef>

namespace axle::cli {
namespace {

constexpr std::size_t longest_word = 64;

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.empty() || word.size() > longest_word) return {};
  std::string_view best;
  std::size_t best_distance = 0;
  for (const std::string_view candidate : candidates) {
    const bool begun = word.size() >= 3 && candidate.starts_with(word);
    const std::size_t found = begun ? 0 : frontend::edit_distance(word, candidate);
    if (found > std::max<std::size_t>(1, candidate.size() / 3)) continue;
    if (!best.empty() && found >= best_distance) continue;
    best = candidate;
    best_distance = found;
  }
  return best;
}

}  // namespace axle::cli
