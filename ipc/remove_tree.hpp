// Removal of what is in a folder that is open already.
#pragma once

namespace axle::ipc {

/// As `remove_tree` of private_dir.hpp, of all that is in `folder`, which is open for reading and
/// stays. What is not in a folder below it goes also where no descriptor can be had. True if
/// nothing is there afterwards.
bool remove_content(int folder) noexcept;

}  // namespace axle::ipc
