// One axle-backend child after another for one build backend: how it is started, replaced where it
// died, and stopped. What happens to a single command is decided by HookRun, and whether that is
// sent once more by SentHook.
#pragma once

#include "frontend/backend_host.hpp"
#include "frontend/backend_spec.hpp"
#include "frontend/cancellation.hpp"
#include "frontend/hook_call.hpp"
#include "frontend/hook_run.hpp"
#include "frontend/host_source.hpp"
#include "frontend/observer.hpp"
#include "ipc/child_process.hpp"
#include "ipc/error.hpp"
#include "ipc/event.hpp"
#include "ipc/private_dir.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace axle::frontend {

/// Owns the child, its whole process group and the folder of its results; destruction ends all.
/// Shared by a BackendProcess and the command that it has under way. Not thread-safe.
class BackendChild {
 public:
  /// As BackendProcess::start.
  static Result<std::shared_ptr<BackendChild>> start(BackendSpec spec,
                                                     Observer& observer,
                                                     const Cancellation& cancellation,
                                                     BackendBounds bounds,
                                                     std::shared_ptr<HostSource> source);
  BackendChild(const BackendChild&) = delete;
  BackendChild& operator=(const BackendChild&) = delete;
  ~BackendChild();

  /// Takes the child for one command. Fails with `errc::invalid_state` while it is taken and after
  /// `stop`, `errc::backend_gone` where an earlier command was lost with it.
  Result<> claim(const std::string& hook);
  enum class Answered { no, yes };
  /// The command is settled, and the next can have the child.
  void release(Answered answered) noexcept;

  /// Sends a command. Fails with `errc::backend_gone` if the child is found dead, or with other
  /// resource limits than it had, with which it is killed.
  Result<std::unique_ptr<HookRun>> begin(const HookCall& call,
                                         Observer& observer,
                                         const Cancellation& cancellation);
  /// The child died of a command, which told `death`; it is killed and reaped.
  void bury(Error death);
  /// Starts a child where there is none. Fails as BackendProcess::start does.
  Result<> launch(Observer& observer, const Cancellation& cancellation);

  /// Gives the child back if it is on loan, else asks it to leave, then makes it; one that runs a
  /// hook is killed with it, at once. Returns how it ended; nothing if it was gone, given back, or
  /// killed with a hook.
  std::optional<ipc::ExitStatus> stop() noexcept;

  [[nodiscard]] bool stopped() const noexcept { return stopped_; }
  [[nodiscard]] bool alive() const noexcept;
  [[nodiscard]] const BackendSpec& spec() const noexcept { return spec_; }
  [[nodiscard]] const ipc::Started& started() const noexcept { return started_; }
  [[nodiscard]] const std::optional<Error>& death() const noexcept { return death_; }
  /// How the children ended that a later one has replaced, in order; nothing a second time.
  [[nodiscard]] std::vector<Error> take_replaced() { return std::exchange(replaced_, {}); }

 private:
  BackendChild(BackendSpec spec,
               BackendBounds bounds,
               std::shared_ptr<HostSource> source,
               ipc::PrivateDir results);
  Result<ipc::Started> await_start(Observer& observer, const Cancellation& cancellation);

  BackendSpec spec_;
  BackendBounds bounds_;
  std::shared_ptr<HostSource> source_;
  ipc::PrivateDir results_;
  std::unique_ptr<BackendHost> host_;  // none once it is dead and reaped
  ipc::Started started_;
  std::string limits_;  // of resources, that the child had when it was there
  std::optional<Error> death_;
  std::vector<Error> replaced_;
  std::uint64_t last_id_ = 0;
  bool claimed_ = false;
  bool lost_ = false;
  bool stopped_ = false;
};

}  // namespace axle::frontend
