// The end of what a hook printed, kept in bounded memory until it is known whether it matters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace axle::cli {

/// So much of what a failed step printed is shown.
inline constexpr std::size_t shown_lines = 60;
inline constexpr std::size_t shown_bytes = 32 * 1024;

class OutputTail {
 public:
  /// Keeps at least the last `capacity` bytes, in at most twice the memory.
  explicit OutputTail(std::size_t capacity = 1024 * 1024) : capacity_(capacity) {}

  void append(std::string_view bytes);
  void clear();
  [[nodiscard]] bool empty() const noexcept { return kept_.empty(); }

  struct End {
    std::string text;                   ///< Raw bytes, as they were printed.
    std::uintmax_t lines_left_out = 0;  ///< How many lines came before them.
    bool cut_line = false;              ///< The text begins within a line.
  };
  /// The last `lines` lines, and of them at most the last `bytes` bytes.
  [[nodiscard]] End end(std::size_t lines, std::size_t bytes) const;

 private:
  std::size_t capacity_;
  std::string kept_;
  std::uintmax_t dropped_newlines_ = 0;
  bool dropped_within_line_ = false;  // the last byte that was dropped is no newline
};

}  // namespace axle::cli
