// Starting the program axle-backend as a spec says.
#pragma once

#include "frontend/backend_spec.hpp"
#include "frontend/host_process.hpp"
#include "ipc/child_process.hpp"
#include "ipc/error.hpp"

namespace axle::frontend {

struct LaunchedHost {
  ipc::ChildProcess process;
  HostChannels channels;
};

/// Whether it pays to train the interpreter and to keep processes ready for further hooks.
enum class Warmth { cold, warm };

/// Starts axle-backend in a session of its own; it has told nothing yet, and gives up the import of
/// the build backend itself after `start_bound`. Fails with `errc::environment_failed` if the
/// program cannot be executed, `errc::invalid_project` if the source tree is not a folder, and
/// `errc::io_error` where there are no more descriptors.
Result<LaunchedHost> launch_host(const BackendSpec& spec,
                                 BackendBounds::Span start_bound,
                                 Warmth warmth);

}  // namespace axle::frontend
