// Bytes to lines, with a limit. Pure: no descriptors, no clock.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace axle::ipc {

/// A line that was longer than the limit; `length` counts its bytes, which are dropped.
struct OverlongLine {
  std::size_t length = 0;
};

/// Cuts a stream of bytes into lines at "\n"; a "\r" before it is dropped. Holds at most
/// `longest_line` bytes of an unfinished line.
class LineFramer {
 public:
  using Item = std::variant<std::string, OverlongLine>;

  explicit LineFramer(std::size_t longest_line) : longest_line_(longest_line) {}

  /// Takes bytes as they arrive.
  void feed(std::string_view bytes);
  /// The next whole line (or the fact that one was too long), or nothing yet.
  std::optional<Item> next();
  /// The stream has ended: the unfinished last line, if there is one.
  std::optional<Item> finish();

 private:
  std::size_t longest_line_;
  std::string buffer_;
  std::size_t start_ = 0;     // where the next line begins in buffer_
  std::size_t searched_ = 0;  // no newline before here
  std::size_t dropped_ = 0;   // bytes of an overlong line thrown away so far
};

}  // namespace axle::ipc
