// PEP 643: an sdist whose metadata is of version 2.2 or later promises that the wheel built from it
// has the same, but for the fields that it calls Dynamic.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace axle::frontend {

/// The fields of `sdist`, the text of PKG-INFO, that have to be the same in `wheel`, the text of
/// METADATA, and are not, sorted. Values are compared
/// without their order and the blanks around them.
std::vector<std::string> find_broken_promises(std::string_view sdist, std::string_view wheel);

}  // namespace axle::frontend
