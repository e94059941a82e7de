#include "ipc/private_process.hpp"

#include <sys/prctl.h>

namespace axle::ipc {

void keep_memory_private() noexcept {
#ifndef __SANITIZE_ADDRESS__
  prctl(PR_SET_DUMPABLE, 0);
#endif
}

}  // namespace axle::ipc
