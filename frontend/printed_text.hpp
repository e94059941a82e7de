// What a program printed, made fit for a message: any bytes in, a few readable lines out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace axle::frontend {

/// The lines of `bytes` that are not blank: as valid UTF-8 (what is not becomes U+FFFD), without
/// terminal colours and trailing blanks, of a line redrawn with carriage returns the last state,
/// each cut to 500 bytes; with passwords in URLs hidden.
std::vector<std::string> readable_lines(std::string_view bytes);

/// Hides what stands before the "@" in the host part of URLs: "https://****@host/".
std::string hide_credentials(std::string_view text);

/// The last `most` of `lines`, as they follow a colon in a message: each on a line of its own.
std::string as_block(const std::vector<std::string>& lines, std::size_t most);

}  // namespace axle::frontend
