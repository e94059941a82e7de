// The axle-backend child itself: its process and the channels to it, as typed happenings. What
// follows from them is decided by HookRun (one hook) and BackendProcess (the child's life).
//
// Commands go to its stdin, events come back on its control descriptor, stdout and stderr belong to
// the hooks, and its death is seen through a pidfd. The wire is specified in schemas/README.md.
#pragma once

#include "frontend/backend_spec.hpp"
#include "frontend/cancellation.hpp"
#include "frontend/hook_process.hpp"
#include "frontend/host_process.hpp"
#include "frontend/observer.hpp"
#include "frontend/suspension.hpp"
#include "ipc/child_process.hpp"
#include "ipc/command.hpp"
#include "ipc/error.hpp"
#include "ipc/event.hpp"
#include "ipc/event_loop.hpp"
#include "ipc/fd.hpp"
#include "ipc/oom_counter.hpp"

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace axle::frontend {

/// Owns the child and its process group, or has them on loan; destruction ends both. Not
/// thread-safe.
class BackendHost {
 public:
  /// The child said something that is not an event: "told ...", to follow its name.
  struct Nonsense {
    std::string what;
  };
  /// The last command was written to it, whole.
  struct Delivered {};
  /// It has closed its control descriptor or its stdin, and may be about to end. Told once.
  struct ChannelClosed {};
  struct Exited {};
  /// A stop was requested, or was requested once more.
  struct StopRequested {};
  struct TimeUp {};
  using Happening = std::
      variant<ipc::BackendEvent, Nonsense, Delivered, ChannelClosed, Exited, StopRequested, TimeUp>;

  /// Takes over a process and its channels. Fails with `errc::io_error` where the system has no
  /// descriptor to watch them with; the process is ended then.
  static Result<BackendHost> watch(std::unique_ptr<HostProcess> process, HostChannels channels);

  /// From now on `next` tells of every request to stop, and at once of one that was before.
  /// `cancellation` must stay until `unwatch_cancellation`. Fails with `errc::io_error`.
  Result<> watch_cancellation(const Cancellation& cancellation);
  void unwatch_cancellation();

  /// The next happening. Output and notices go to `observer` on the way. `TimeUp` comes only when
  /// the deadline has passed and all that the child had told until then is handed out.
  Happening next(ipc::Deadline deadline, Observer& observer);
  /// Relays the output that is there now, without waiting.
  void relay_output(Observer& observer);
  /// The events that are there now, without waiting: the child's last words, once it is dead.
  std::vector<ipc::BackendEvent> remaining_events(Observer& observer);

  /// Queues a message to the child: it goes out during `next`.
  void send(const ipc::Command& command);
  void send(const ipc::Cancel& cancel);

  /// Holds the hook's process, so that it does not outlive the child; see HookProcess::adopt.
  void adopt_hook(pid_t pid) { hook_ = HookProcess::adopt(pid, process_->pid()); }
  void release_hook() noexcept { hook_.release(); }

  /// Kills the hook's process group, then the child's, and reaps the child. Tells how that ended;
  /// asked again, the same.
  ipc::ExitStatus kill() noexcept;
  /// Waits until the child leaves: first by itself, then after SIGTERM; then, or on a request to
  /// stop, `kill`s it. Drops its output.
  ipc::ExitStatus await_exit(std::chrono::milliseconds until_terminated,
                             std::chrono::milliseconds until_killed);

  /// Gives back a child that is on loan, idle, alive and not unfit, after dropping what it has
  /// printed; see HostProcess::give_back.
  bool give_back(const ipc::Started& started) noexcept;
  /// What has become of the child must not reach the next who borrows it.
  void call_unfit() noexcept { unfit_ = true; }
  /// See HostProcess::shared.
  [[nodiscard]] bool shared() const noexcept { return process_->shared(); }

  /// What became of the child, for people: "axle-backend (pid 7) <ending>", with its last words
  /// on stderr in `hook_failure`.
  [[nodiscard]] Error death_error(errc code,
                                  const ipc::ExitStatus& status,
                                  const std::string& ending) const;

  /// Looks, without waiting.
  [[nodiscard]] bool alive() const noexcept;
  [[nodiscard]] pid_t pid() const noexcept { return process_->pid(); }
  /// The last 64 KiB that came on stderr since `clear_stderr_tail`.
  [[nodiscard]] std::string stderr_tail() const;
  void clear_stderr_tail() noexcept { stderr_tail_.clear(); }
  /// How many bytes of output were relayed so far.
  [[nodiscard]] std::uint64_t relayed() const noexcept { return relayed_; }
  /// When the last of them was.
  [[nodiscard]] ipc::Clock::time_point last_output() const noexcept { return last_output_; }

 private:
  BackendHost(std::unique_ptr<HostProcess> process, HostChannels channels);
  void take(const ipc::Event& event, Observer& observer);
  void take_line(const std::string& line, Observer& observer);
  void take_remaining(ipc::SourceId source, Observer& observer);

  ipc::OomCounter oom_counter_;
  std::uint64_t oom_kills_ = oom_counter_.count();  // before the child
  bool killed_by_us_ = false;
  std::unique_ptr<HostProcess> process_;
  Suspendable suspendable_;
  HookProcess hook_;
  ipc::UniqueFd stop_edges_;  // an epoll descriptor: readable once for each request
  ipc::EventLoop loop_;
  ipc::SourceId stdin_;
  ipc::SourceId stdout_;
  ipc::SourceId stderr_;
  ipc::SourceId control_;
  ipc::SourceId death_;
  ipc::SourceId stop_ = ipc::SourceId::none;
  std::deque<Happening> happenings_;
  std::string stderr_tail_;
  std::uint64_t relayed_ = 0;
  ipc::Clock::time_point last_output_;
  bool channel_closed_ = false;
  bool unfit_ = false;
};

}  // namespace axle::frontend
