// The umask of this process.
#pragma once

namespace axle::frontend {

/// Read without changing it for a moment, as umask(2) has to: other threads make files. 022 where
/// the system does not tell.
unsigned current_umask();

}  // namespace axle::frontend
