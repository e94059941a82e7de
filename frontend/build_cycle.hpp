// A project that needs itself to be built: a cycle of build requirements, which PEP 517 forbids.
// Longer ones are seen by pip and uv, who build what has no wheel.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace axle::frontend {

/// What is to be said of the first of `requirements` that is the project `name` itself, in any
/// spelling: a sentence, beginning with that name. Nothing if there is none, or `name` is empty.
/// Such a build may succeed all the same, with a wheel of another version.
std::optional<std::string> describe_cycle(std::string_view name,
                                          std::span<const std::string> requirements);

}  // namespace axle::frontend
