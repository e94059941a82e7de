// The folder in which a warm interpreter trains: it makes the folder, and removes it again. Who
// kills the trainer removes it too, and so the host has chosen the name.
#pragma once

#include <filesystem>

namespace axle::backend {

/// The path of a folder for temporary files that is not there yet, and whose name nobody can guess;
/// empty where the system gives no such name.
std::filesystem::path choose_training_folder();

/// Removes the folder, if there is one, and those that others were killed in long ago. Whoever
/// trains there must have ended.
void remove_training_folder(const std::filesystem::path& folder) noexcept;

}  // namespace axle::backend
