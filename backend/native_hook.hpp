// The inside of a native hook process: loads the library, calls it once, answers, never returns.
#pragma once

#include "ipc/command.hpp"

#include <filesystem>

namespace axle::backend {

/// Asks the library at `path` which hooks it has and writes {"return": [names]} or a failure to
/// `reply_fd`.
[[noreturn]] void answer_hook_names(const std::filesystem::path& path, int reply_fd) noexcept;

/// Runs the hook `command` and writes its outcome to `reply_fd`. An exception of any type becomes
/// a failure whose `exc_type` is the type's C++ name.
[[noreturn]] void run_native_hook(const std::filesystem::path& path,
                                  const ipc::Command& command,
                                  int reply_fd) noexcept;

}  // namespace axle::backend
