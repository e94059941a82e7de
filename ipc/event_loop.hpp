// Waiting for many things at once, one event after another: the blocking face of Boost.Asio.
//
//   EventLoop loop;
//   auto lines = loop.watch_lines(std::move(fd), 16 * 1024 * 1024);
//   auto death = loop.watch_exit(child.pidfd());
//   for (;;) {
//     auto event = loop.next_event(deadline);
//     if (event.source == lines && event.kind == Event::Kind::line) ...
//   }
//
// No callbacks reach the caller and no thread is started: code that waits reads straight down.
// Every wait has a deadline, or says by `no_deadline` that it has another way to end.
#pragma once

#include "ipc/clock.hpp"
#include "ipc/error.hpp"
#include "ipc/fd.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

namespace axle::ipc {

using Deadline = Clock::time_point;
inline constexpr Deadline no_deadline = Deadline::max();
/// The deadline `delay` from now; without end for a delay that would overflow.
Deadline deadline_in(std::chrono::milliseconds delay) noexcept;

/// Names one thing that is watched; never given out twice by one loop. `none` is no source.
enum class SourceId : std::uint32_t { none = 0 };

struct Event {
  enum class Kind {
    line,         ///< `data`: one line, without its "\n" or "\r\n".
    bytes,        ///< `data`: what has just arrived; never empty.
    overflow,     ///< A line longer than the limit; its bytes are dropped up to the next newline.
    eof,          ///< The stream ended or failed; nothing more comes from this source.
    exited,       ///< The process of this pidfd has ended (it is not reaped).
    readable,     ///< The descriptor can be read; watch it again to be told again.
    sent,         ///< All that was given to `send` has been written.
    send_failed,  ///< The reader is gone; what was not written is dropped. Told once.
    signal,       ///< `number`: the signal.
    timer,        ///< The timer has rung; it is gone.
    deadline,     ///< The deadline of `next_event` passed; `source` is none.
  };
  Kind kind = Kind::deadline;
  SourceId source = SourceId::none;
  std::string data = {};
  int number = 0;
};

/// Not thread-safe; one thread, one loop.
///
/// Nothing is read while an event waits to be taken, so what waits stays small however much is
/// written: a slow caller slows the writers down. What cannot be watched (a descriptor that is not
/// open) is told at once, as `eof`, `exited`, `readable` or `send_failed`: nobody waits for ever.
class EventLoop {
 public:
  /// Throws std::system_error only where the system gives no epoll descriptor.
  EventLoop();
  EventLoop(EventLoop&&) noexcept;
  EventLoop& operator=(EventLoop&&) noexcept;
  ~EventLoop();

  /// Reads lines from `fd` (a pipe, stream socket, terminal or file), which the loop then owns, and
  /// whose flags it leaves alone. At the end of the stream an unfinished last line is told as a
  /// line before `eof`.
  SourceId watch_lines(UniqueFd fd, std::size_t longest_line);
  /// Reads bytes from `fd`, at most 64 KiB an event; the loop then owns it.
  SourceId watch_bytes(UniqueFd fd);
  /// Tells once the end of the process behind `pidfd`, which stays the caller's and must outlive
  /// the source. The process need not be a child.
  SourceId watch_exit(int pidfd);
  /// Tells once that `fd` (which stays the caller's, must outlive the source and keeps its flags)
  /// can be read.
  SourceId watch_readable(int fd);
  /// Writes to `fd`, which the loop then owns and whose flags it leaves alone: see `send`.
  SourceId watch_writer(UniqueFd fd);
  /// Takes over these signals of the process from their default action. Throws std::system_error
  /// where the system gives no pipe for them.
  SourceId watch_signals(std::initializer_list<int> signals);
  /// Rings at the deadline, or earlier by the time for which the clock is frozen until then.
  SourceId start_timer(Deadline deadline);

  /// Queues bytes for a source of `watch_writer`, or for one of `watch_lines`/`watch_bytes` whose
  /// descriptor is a socket. Never blocks, never raises SIGPIPE. `sent` or `send_failed` follows;
  /// nothing happens after `send_failed`, or for a source that was removed.
  void send(SourceId source, std::string bytes);

  /// Reads nothing more of a `watch_lines`/`watch_bytes` source until `resume`: whoever writes to
  /// it waits. Its end is not told meanwhile either; `drain` still reads.
  void pause(SourceId source);
  void resume(SourceId source);

  /// Forgets a source and closes what the loop owned of it. Events of it that wait are dropped.
  void remove(SourceId source);

  /// The next event, in the order in which they happened; `Kind::deadline` if none comes in time.
  /// A deadline in the past only looks.
  Event next_event(Deadline deadline);

  /// Reads, without waiting, all that is there now of a `watch_lines`/`watch_bytes` source and
  /// returns it, with what was queued of it before; an unfinished line is told as a line, also
  /// where somebody still holds the stream. For the last output of a process that is gone: all that
  /// it wrote is returned.
  std::vector<Event> drain(SourceId source);

 private:
  struct Impl;  // keeps Boost out of this header
  std::unique_ptr<Impl> impl_;
};

}  // namespace axle::ipc
