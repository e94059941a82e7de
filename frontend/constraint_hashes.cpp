#include "frontend/constraint_hashes.hpp"

#include "frontend/core_metadata.hpp"

#include <cstddef>
#include <fstream>
#include <sstream>

namespace axle::frontend {
namespace {

/// Of a requirement, normalised; empty where there is none.
std::string name_of(const std::string& requirement) {
  const std::size_t begin = requirement.find_first_not_of(" \t");
  if (begin == requirement.npos) return {};
  const std::size_t end = requirement.find_first_of(" \t[<>=!~;@(#\\\r", begin);
  return normalized_name(requirement.substr(begin, end == requirement.npos ? end : end - begin));
}

}  // namespace

std::string with_hashes(const std::string& requirement,
                        std::span<const std::filesystem::path> constraints) {
  std::string line = requirement;
  for (const auto& file : constraints) {
    std::ifstream text(file);
    bool is_of_it = false;
    bool goes_on = false;  // a line that ends with a backslash
    for (std::string constraint; std::getline(text, constraint);) {
      if (!goes_on) is_of_it = name_of(constraint) == name_of(requirement);
      goes_on = constraint.ends_with('\\');
      std::istringstream words(constraint);
      for (std::string word; is_of_it && words >> word;) {
        if (word.starts_with("--hash=")) line += " " + word;
      }
    }
  }
  return line;
}

}  // namespace axle::frontend
