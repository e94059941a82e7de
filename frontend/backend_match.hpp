// Whether a backend that runs is the one that is wanted.
#pragma once

#include "frontend/backend_spec.hpp"

#include <string>

namespace axle::frontend {

/// Whether a backend that was started as `running` can serve `wanted`: each command brings its
/// source tree with it, but an in-tree backend is a part of its own.
bool serves(const BackendSpec& running, const BackendSpec& wanted);

/// Which files the interpreter and axle-backend of a spec are at present; another text after one of
/// them was replaced or upgraded.
std::string programs_of(const BackendSpec& spec);

}  // namespace axle::frontend
