#include "frontend/current_umask.hpp"

#include "ipc/private_dir.hpp"

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

namespace axle::frontend {

unsigned current_umask() {
  constexpr std::string_view label = "\nUmask:\t";
  constexpr std::size_t longest = std::size_t{64} * 1024;
  const std::string status = ipc::read_file("/proc/self/status", longest).value_or("");
  unsigned mask = 022;
  if (const auto at = status.find(label); at != status.npos) {
    std::from_chars(status.data() + at + label.size(), status.data() + status.size(), mask, 8);
  }
  return mask;
}

}  // namespace axle::frontend
