#include "frontend/constraint_hashes.hpp"

#include "frontend/requirement.hpp"

#include <fstream>
#include <sstream>

namespace axle::frontend {

std::string with_hashes(const std::string& requirement,
                        std::span<const std::filesystem::path> constraints) {
  const std::string name = required_name(requirement);
  std::string line = requirement;
  for (const auto& file : constraints) {
    std::ifstream text(file);
    bool is_of_it = false;
    bool goes_on = false;  // a line that ends with a backslash
    for (std::string constraint; std::getline(text, constraint);) {
      if (!goes_on) is_of_it = !name.empty() && required_name(constraint) == name;
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
