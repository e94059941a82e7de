// Who provides what: the names under which people install a header, a library, a tool or a module.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace axle::cli {

/// Who has the C header "ffi.h", as "libffi-dev (Debian, Ubuntu) or libffi-devel (Fedora)"; or a
/// build requirement, as "the build requirement numpy".
std::optional<std::string> provider_of_header(std::string_view header);
/// The same for the library "ffi" of -lffi.
std::optional<std::string> provider_of_library(std::string_view library);
/// The same for the program "cmake".
std::optional<std::string> provider_of_tool(std::string_view tool);
/// The project on the index that has the module: "PyYAML" for "yaml", else the module's own name.
std::string project_of_module(std::string_view module);

}  // namespace axle::cli
