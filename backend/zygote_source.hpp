// The program of the warm interpreter, python/, as it travels inside axle-backend.
#pragma once

#include <string_view>

namespace axle::backend {

/// Its text, handed over as a file on descriptor 3.
std::string_view zygote_source() noexcept;

/// The one line for `python -c` that reads and runs it; the control socket is descriptor 4.
std::string_view zygote_boot_line() noexcept;

}  // namespace axle::backend
