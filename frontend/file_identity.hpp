// Which file stands under a name, and whether it is still as it was: without reading it.
#pragma once

#include <filesystem>
#include <string>

namespace axle::frontend {

/// What tells one file from another and from itself after a change: device, inode, size, and the
/// times of its last change and of that of its inode, in nanoseconds; as text without spaces.
/// "none" where there is no file. Values are compared, nothing else.
std::string file_identity(const std::filesystem::path& path);

/// The same for a symbolic link itself.
std::string link_identity(const std::filesystem::path& path);

}  // namespace axle::frontend
