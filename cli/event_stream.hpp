// What happens, for programs, as it happens: one JSON object a line, of the form of
// schemas/build-event.schema.json.
//
//   TRY(auto events, EventStream::open(arguments.common.report.events));
//   events->tell("notice", JsonObject().add(...));
//
// The reader may be slow, or gone, or never have come: a build does not hang for it.
#pragma once

#include "ipc/error.hpp"
#include "ipc/fd.hpp"
#include "ipc/json_text.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace axle::cli {

/// Thread-safe. Needs SIGPIPE ignored.
class EventStream {
 public:
  /// A line that is not longer is written by one call of write(2), and so comes whole, whoever else
  /// writes to the same pipe.
  static constexpr std::size_t longest_whole_line = 4096;
  /// How long a reader may let its pipe be full. Then it is told nothing more.
  static constexpr std::chrono::seconds patience{5};

  /// `where` is a file (a new one, or emptied; a FIFO too), or a descriptor that this process was
  /// started with: "3" or "fd:3". To be called before any other descriptor is opened. An empty
  /// `where`: nothing is told. Fails with `errc::usage`.
  static Result<std::unique_ptr<EventStream>> open(const std::string& where);

  [[nodiscard]] bool tells() const noexcept { return static_cast<bool>(fd_); }

  /// From when `elapsed_s` counts.
  [[nodiscard]] std::chrono::steady_clock::time_point begin() const noexcept { return begin_; }

  using Members = std::vector<std::pair<std::string_view, ipc::JsonText>>;
  /// Writes one line: `event`, the time, and these members.
  void tell(std::string_view event, const Members& members);

  /// Is called, once, with a sentence, where the events cannot be told any more.
  void on_failure(std::function<void(const std::string&)> told);
  /// Readable once the program was asked to stop (`Cancellation::fd`): patience ends in a second.
  void stop_when_readable(int fd) noexcept { stop_fd_ = fd; }

 private:
  /// A file that was opened here is cut where a line could not be written whole.
  enum class Kind { own_file, file, other };
  EventStream(ipc::UniqueFd fd, Kind kind) : fd_(std::move(fd)), kind_(kind) {}
  /// 0, or an errno; ETIMEDOUT: the reader does not read.
  int write(std::string_view line);
  int wait_until_writable();

  const ipc::UniqueFd fd_;
  const Kind kind_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  int stop_fd_ = -1;
  std::mutex mutex_;  // guards all below, and the order of lines
  bool failed_ = false;
  std::function<void(const std::string&)> on_failure_;
};

}  // namespace axle::cli
