// How far two words are from each other, to guess what a misspelt one was meant to be.
#pragma once

#include <cstddef>
#include <string_view>

namespace axle::frontend {

/// How many characters (bytes) to insert, remove, replace or swap with their neighbour until `a` is
/// `b`, no character being touched twice ("optimal string alignment"). Takes time and memory as
/// the product of the sizes and the size of `b`: bound them.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace axle::frontend
