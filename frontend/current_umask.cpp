#include "frontend/current_umask.hpp"

#include <fstream>
#include <string>

namespace axle::frontend {

unsigned current_umask() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    unsigned mask = 0;
    if (word == "Umask:" && status >> std::oct >> mask) return mask;
  }
  return 022;
}

}  // namespace axle::frontend
