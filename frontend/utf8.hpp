// Bytes of others as text that can be shown: names in archives, answers of hooks, metadata.
#pragma once

#include <string>
#include <string_view>

namespace axle::frontend {

/// `bytes`, each that is no part of UTF-8 replaced by U+FFFD.
std::string to_utf8(std::string_view bytes);

/// `bytes` as a part of a message: UTF-8 of about 200 bytes at most, in which control characters,
/// which could drive a terminal, are "?".
std::string printable(std::string_view bytes);

}  // namespace axle::frontend
