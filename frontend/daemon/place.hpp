// Where the daemon for callers like us listens, and what lies beside its socket.
#pragma once

#include "ipc/error.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace axle::frontend {

/// Names files; owns none.
struct DaemonPlace {
  std::filesystem::path folder;  ///< Private: see ipc::check_private.
  std::string name;              ///< 16 hexadecimal digits.

  [[nodiscard]] std::filesystem::path socket() const { return folder / (name + ".socket"); }
  /// Locked by the daemon for as long as it listens; gone after that.
  [[nodiscard]] std::filesystem::path lock() const { return folder / (name + ".lock"); }
  [[nodiscard]] std::filesystem::path log() const { return folder / (name + ".log"); }
};

/// The place of the daemon that the program `axle` runs for processes in our surroundings: another
/// build of axle, another protocol, other limits or namespaces have another. The folder is
/// $XDG_RUNTIME_DIR/axle, or /tmp/axle-<uid>/daemon where there is no such folder of ours; it is
/// made if it is missing. Fails with `errc::io_error` where it is not private.
Result<DaemonPlace> daemon_place(const std::filesystem::path& program);

/// The places in the folder of `place` that have a socket or a log, of which any may have a daemon:
/// its own first.
std::vector<DaemonPlace> known_places(const DaemonPlace& place);

}  // namespace axle::frontend
