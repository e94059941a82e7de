// Keeping the memory of this process to itself: it may hold what was given to a build in
// confidence.
#pragma once

namespace axle::ipc {

/// From now on other processes of the same user can neither trace this one nor read its memory, its
/// environment and its descriptors, and it leaves no core file. What it executes is not affected.
/// Root still can. Does nothing in a build with AddressSanitizer, whose leak detector traces.
void keep_memory_private() noexcept;

}  // namespace axle::ipc
