// What was printed and waits to be read: a queue of bytes whose memory stays small. What memory
// does not hold is kept in a temporary file without a name.
#pragma once

#include "ipc/fd.hpp"

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace axle::backend {

/// First in, first out; nothing is lost. The file is made when it is needed, shrinks as it is read,
/// and goes with its last byte or with the process.
class OutputSpool {
 public:
  /// Keeps `in_memory` bytes before it makes a file in `folder`.
  OutputSpool(std::size_t in_memory, std::filesystem::path folder)
      : in_memory_(in_memory), folder_(std::move(folder)) {}

  void put(std::string_view bytes);

  /// The oldest bytes, at most 64 KiB; none if nothing waits. Where the file cannot be read, a line
  /// says how much of it is lost.
  std::string take();

  /// Forgets all that waits.
  void clear();

  [[nodiscard]] bool empty() const noexcept;
  /// Memory and disk hold no more: what is put now makes memory grow, so nothing more should be
  /// made to come until this is over.
  [[nodiscard]] bool full() const noexcept { return !surplus_.empty(); }

 private:
  std::size_t spill(std::string_view bytes);  // how many of them the file has taken
  std::string read_back();
  void shrink();
  void forget_file();

  std::size_t in_memory_;
  std::filesystem::path folder_;
  // In the order in which they are taken.
  std::string memory_;
  std::size_t taken_ = 0;  // of memory_
  ipc::UniqueFd file_;
  off_t read_ = 0;
  off_t written_ = 0;
  off_t given_back_ = 0;
  std::string surplus_;
};

}  // namespace axle::backend
