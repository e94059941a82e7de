// Which file stands under a name, and whether it is still as it was: without reading it.
#pragma once

#include <filesystem>
#include <string>

namespace axle::frontend {

/// What tells one file from another and from itself after a change: device, inode, size, and the
/// times of its last change and of that of its inode, in nanoseconds; as text without spaces.
/// "none" where there is no file. Values are compared, nothing else.
std::string file_identity(const std::filesystem::path& path);

/// What tells a file from itself after a change and stays the same for a copy that keeps times (a
/// cache that was packed and unpacked): size and time of the last change; "none" where there is no
/// file. Links are followed.
std::string file_stamp(const std::filesystem::path& path);

/// `file_identity` of a symbolic link itself.
std::string link_identity(const std::filesystem::path& path);

}  // namespace axle::frontend
