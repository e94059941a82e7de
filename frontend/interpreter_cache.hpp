// What is known of the interpreters of this machine, from one axle to the next: asking one means
// starting it, and it answers the same until it is replaced.
//
//   if (auto known = known_interpreter(program)) return *known;
//   ...
//   remember_interpreter(program, interpreter);
//
// One small file for each in the folder "interpreters" of axle's cache. It counts only while the
// link, the files behind it and the pyvenv.cfg beside it are those that were asked, and while the
// variables are that change what an interpreter says of itself.
#pragma once

#include "frontend/interpreter.hpp"

#include <filesystem>
#include <optional>

namespace axle::frontend {

/// What `remember_interpreter` has kept of `program`, an absolute path; nothing where that is not
/// there, is damaged, or may not be true any more. Starts no process.
std::optional<Interpreter> known_interpreter(const std::filesystem::path& program);

/// Keeps what `program` has just answered, unless it could answer otherwise next time: it is no
/// executable of the machine's own format (a version manager's script chooses by the current
/// folder), or what runs in the end is another file than `program` (a version manager's program).
/// Of pyenv's scripts it is known what they choose by, so that their answer is kept with that.
/// Never fails: what cannot be kept is asked again.
void remember_interpreter(const std::filesystem::path& program, const Interpreter& interpreter);

}  // namespace axle::frontend
