// How a hook is run: the seam between the host, which runs no foreign code, and the processes that
// do. A runner starts hook processes; the host watches and judges them.
#pragma once

#include "ipc/child_process.hpp"
#include "ipc/command.hpp"
#include "ipc/error.hpp"
#include "ipc/event.hpp"
#include "ipc/event_loop.hpp"
#include "ipc/fd.hpp"

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace axle::backend {

/// The build backend, imported.
struct BackendInfo {
  std::string description;  ///< As it prints itself after "started backend ".
  std::vector<std::string> hooks;
  std::string python_version;  ///< Empty for a native backend.
  std::string hook_isolation;  ///< "forked", "inline" or "fresh", as it came out.
  std::string notice;          ///< Why it came out so; usually empty.
};

/// A process that runs one hook and answers one line on `reply`; and perhaps a second one, see
/// `says_when_it_leaves`.
struct HookProcess {
  pid_t pid = 0;  ///< Leads a process group of its own.
  ipc::UniqueFd pidfd;
  ipc::UniqueFd reply;
  /// The other end of `reply`. Held so that a hook that closes its own can open it once more: the
  /// end of the hook is told by `pidfd`, not by the end of the pipe.
  ipc::UniqueFd reply_writer;
  /// Where `dump_stack` reads what the process writes; the runner's. -1: it does not tell.
  int stack_fd = -1;
  /// False: the process stays for further hooks (inline), so its answer is the end of the hook.
  bool ends_with_hook = true;
  /// It is forked, and tells by a second line when it has nothing left to do but end, and is alone.
  bool says_when_it_leaves = false;
};

/// How quickly a hook can begin.
struct Warmth {
  bool trained = false;  ///< What a dummy build needed is imported already.
  int spares = 0;        ///< Processes that wait for a hook.
  std::optional<ipc::Training> training = std::nullopt;  ///< When it was, if it was just now.
  bool operator==(const Warmth&) const = default;
};

/// Not thread-safe. Every function may fail with `errc::cancelled` when the host is to give up.
class HookRunner {
 public:
  HookRunner() = default;
  HookRunner(const HookRunner&) = delete;
  HookRunner& operator=(const HookRunner&) = delete;
  virtual ~HookRunner() = default;

  /// Makes the build backend ready. Fails with `errc::backend_unavailable`, the error's
  /// `hook_failure` telling how the import failed; with `errc::environment_failed` where there is
  /// no interpreter; with `errc::timed_out`. May be called again after a failure or a death.
  virtual Result<BackendInfo> start(ipc::Deadline deadline) = 0;

  /// Starts a process for the hook `command.cmd`. Fails as `start` does, where something had to be
  /// started anew; nothing of the hook has run then.
  virtual Result<HookProcess> launch(const ipc::Command& command) = 0;

  /// How the process ended; only after its end was seen.
  virtual ipc::ExitStatus reap(const HookProcess& process) = 0;

  /// The process does not end, though it was killed. Nothing waits for it any more, and the next
  /// hook runs where that needs nothing of it.
  virtual void abandon(const HookProcess& process) noexcept = 0;

  /// Processes that are to stay when what hooks have left behind is swept away.
  [[nodiscard]] virtual std::vector<pid_t> lasting() const = 0;

  /// Something happened that only the runner knows of, such as the death of the warm interpreter:
  /// one sentence for a notice, or nothing. An empty event asks for what a call here has found out.
  virtual std::optional<std::string> look_at(const ipc::Event& event) = 0;

  /// How warm the runner has become by itself; nothing if that was already told.
  virtual std::optional<Warmth> news_of_warmth() { return std::nullopt; }

  /// What the process that was reaped last has taken; given once. Nothing where nobody knows.
  virtual std::optional<ipc::ProcessorTime> take_processor_time() { return std::nullopt; }

  /// Ends whatever the runner has started.
  virtual void stop() noexcept = 0;
};

}  // namespace axle::backend
