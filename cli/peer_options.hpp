// What other build frontends (build, uv, pip, tox, hatch) call what axle calls otherwise.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace axle::cli {

/// A hint for who says `option` ("--out-dir") of another frontend to a command whose own options
/// are `known` ("--outdir"): what it is called here, or what does the same. Empty where no frontend
/// has such an option that is spelled quite otherwise here, and where its equal is none of `known`.
std::string peer_option_hint(std::string_view option, std::span<const std::string_view> known);

}  // namespace axle::cli
