// A copy of a source tree, to build in: what hooks write does not reach the tree itself.
#pragma once

#include "frontend/cancellation.hpp"
#include "ipc/error.hpp"

#include <filesystem>

namespace axle::frontend {

/// Copies the folder `tree` to `copy`, which must not be there: files with their times and modes,
/// but so that the owner may write them, and what belongs to version control with them. Shares
/// blocks where the file system can (reflink), and never a file. Symbolic links stay links: one
/// within the tree leads to the copy, and one out of it where it led before. Left out are sockets,
/// FIFOs and devices, what vanishes meanwhile, and folders in which builds make their artifacts.
///
/// Fails with `errc::io_error`, naming what cannot be copied, and with `errc::cancelled`; what is
/// there of the copy is then the caller's to remove.
Result<> copy_tree(const std::filesystem::path& tree,
                   const std::filesystem::path& copy,
                   const Cancellation& cancellation);

}  // namespace axle::frontend
