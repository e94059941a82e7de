// "Did you mean": the nearest of the words that would have been right.
#pragma once

#include <span>
#include <string_view>

namespace axle::cli {

/// The candidate that `word` was most likely meant to be: one that it begins, or one that differs
/// in few letters (a swap of two neighbours counts as one). Empty where none is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace axle::cli
