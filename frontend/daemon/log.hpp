// What the daemon has done: lines with the time, in a file of bounded size.
#pragma once

#include "ipc/fd.hpp"

#include <filesystem>
#include <string_view>

namespace axle::frontend {

/// Not thread-safe. What cannot be written is lost: the daemon goes on.
class DaemonLog {
 public:
  /// A file that has grown past this many bytes is begun anew.
  static constexpr std::size_t longest = std::size_t{1} << 20;

  explicit DaemonLog(const std::filesystem::path& path);
  /// One line: no secrets, no environment, nothing that a hook has printed.
  void write(std::string_view text);

 private:
  ipc::UniqueFd file_;
};

}  // namespace axle::frontend
