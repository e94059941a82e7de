// Scripts of pyenv that stand for interpreters: which one they start depends on the folder.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace axle::frontend {

/// All that pyenv chooses an interpreter by when `program` is started now, in the current folder:
/// variables, the file .python-version or the global one, and which versions there are; as text, to
/// be compared. Nothing if `program` is no script of pyenv. Starts no process.
std::optional<std::string> choice_of_pyenv(const std::filesystem::path& program);

/// Whether `executable` is one of the versions among which the script `program` chooses. Else that
/// has passed the choice on ("system"), and `choice_of_pyenv` does not tell all.
bool is_version_of_pyenv(const std::filesystem::path& program,
                         const std::filesystem::path& executable);

}  // namespace axle::frontend
