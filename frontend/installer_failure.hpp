// What to tell a user whose build requirements could not be installed.
#pragma once

#include "ipc/child_process.hpp"
#include "ipc/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace axle::frontend {

struct InstallerFailure {
  std::string installer;  ///< "uv 0.5.1", "pip 23.2.1".
  std::vector<std::string> requirements;
  ipc::ExitStatus status;
  std::string_view out;  ///< What it printed.
  std::string_view err;
};

/// `errc::environment_failed` with a message of the requirements, the exit status and the lines in
/// which the installer says what is wrong; its hint says what to do about it, where that is known.
Error describe(const InstallerFailure& failure);

}  // namespace axle::frontend
