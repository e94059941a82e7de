// The program of the warm interpreter, python/, as it travels inside axle-backend.
#pragma once

#include <string_view>

namespace axle::backend {

/// Its text, handed over as a file on descriptor 3.
std::string_view zygote_source() noexcept;

/// Tells one text from another.
std::string_view zygote_digest() noexcept;

/// What is for `python -c`, and reads and runs it; the control socket is descriptor 4. An argument
/// after it says how the paths of files begin that are kept from one interpreter to the next.
std::string_view zygote_boot_line() noexcept;

}  // namespace axle::backend
