// What axle looks at in a requirement (PEP 508) itself; the rest of it is for who installs it.
#pragma once

#include <string>
#include <string_view>

namespace axle::frontend {

/// The name at the beginning of a requirement, normalized: "foo-bar" of "Foo_Bar[x]>=1"; empty for
/// a path, an option, a comment, or a URL without a name.
std::string required_name(std::string_view requirement);

/// Whether `text` is one line that begins as a name does, and so can become neither an option nor
/// another line of the installer's.
bool may_be_requirement(std::string_view text);

}  // namespace axle::frontend
