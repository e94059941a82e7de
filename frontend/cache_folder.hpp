// Where axle keeps what it may lose: below $XDG_CACHE_HOME/axle, or ~/.cache/axle.
#pragma once

#include "ipc/error.hpp"

#include <filesystem>
#include <string_view>

namespace axle::frontend {

/// The folder `name` of axle's cache, for this user alone; made if it is missing. It need not be
/// writable. $XDG_CACHE_HOME counts if it is an absolute path (XDG Base Directory Specification:
/// others are to be ignored), else .cache in $HOME does.
///
/// Fails with `errc::io_error`, saying why, where there is none that can be trusted: neither
/// variable says where; the user's folder for caches belongs to somebody else (HOME under sudo), or
/// everybody may write to it; a folder below it is a symbolic link, belongs to somebody else or is
/// writable for others; or it cannot be made. Never follows a link below the folder for caches.
Result<std::filesystem::path> cache_folder(std::string_view name);

/// A folder for this user alone where there is none of the user's own: /tmp/axle-<uid>, made if it
/// is missing. Fails with `errc::io_error` where that is not private.
Result<std::filesystem::path> folder_of_last_resort();

}  // namespace axle::frontend
