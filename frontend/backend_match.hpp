// Whether a backend that runs is the one that is wanted.
#pragma once

#include "frontend/backend_spec.hpp"

#include <string>
#include <vector>

namespace axle::frontend {

/// Whether what the backend is depends on the source tree in which it starts: an in-tree backend is
/// a part of that, and an interpreter makes relative folders in PYTHONPATH absolute there.
bool belongs_to_source_tree(const BackendSpec& spec);

/// Whether a backend that was started as `running` can serve `wanted`: each command brings its
/// source tree with it, unless the backend belongs to one.
bool serves(const BackendSpec& running, const BackendSpec& wanted);

/// Whether one build after another may use it: not where hooks run inside the interpreter, or none
/// is kept warm for them.
bool can_be_lent(const BackendSpec& spec);

/// What a backend that is lent is started as: with the variables of `environment`, and in no
/// builder's folder unless it belongs to a source tree. Commands bring the rest.
BackendSpec as_lent(BackendSpec spec, std::vector<std::string> environment);

/// Which files the interpreter and axle-backend of a spec are at present; another text after one of
/// them was replaced or upgraded.
std::string programs_of(const BackendSpec& spec);

}  // namespace axle::frontend
