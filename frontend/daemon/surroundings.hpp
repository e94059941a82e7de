// What a process inherits and no command can bring along: limits, priority, namespaces, rights. A
// daemon serves only those who have the same, so its hooks are what they would be without it.
#pragma once

#include <string>

namespace axle::frontend {

/// Of this process, as text: equal for processes that are surrounded alike. Cheap: a few reads of
/// /proc.
std::string surroundings();

}  // namespace axle::frontend
