// A living build backend: one axle-backend child, warm, that runs hooks one after another.
//
//   TRY(auto backend, BackendProcess::start(spec, observer, cancellation));
//   TRY(auto outcome, backend.call({.hook = "build_wheel", .kwargs = kwargs, .source_tree = tree},
//                                  observer, cancellation));
//
// Each outcome is a result file in a private folder, and the child's events come on a descriptor
// that no hook has. Hence nothing that a hook prints can be taken for an answer. The wire is
// specified in schemas/README.md.
#pragma once

#include "frontend/backend_spec.hpp"
#include "frontend/cancellation.hpp"
#include "frontend/hook_call.hpp"
#include "frontend/host_source.hpp"
#include "frontend/observer.hpp"
#include "frontend/sent_hook.hpp"
#include "ipc/child_process.hpp"
#include "ipc/error.hpp"
#include "ipc/event.hpp"
#include "ipc/outcome.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace axle::frontend {

class BackendChild;

/// Owns the child, its whole process group and the folder of its results; destruction ends all.
/// Not thread-safe: one owner, one command at a time; may be moved between threads.
class BackendProcess {
 public:
  /// Takes an axle-backend from `source`, by default by starting `spec.backend_program`, and waits
  /// until the build backend is imported.
  ///
  /// Fails with `errc::backend_unavailable` if the import fails (`hook_failure` tells how),
  /// `errc::environment_failed` if axle-backend or the interpreter cannot be executed,
  /// `errc::backend_gone` if the child dies, `errc::timed_out` past `bounds.start`,
  /// `errc::protocol_error` if it speaks another protocol, `errc::invalid_project` if the source
  /// tree is not there, `errc::cancelled` and `errc::io_error`. Nothing is left running then.
  static Result<BackendProcess> start(BackendSpec spec,
                                      Observer& observer,
                                      const Cancellation& cancellation,
                                      BackendBounds bounds = {},
                                      std::shared_ptr<HostSource> source = make_launching_source());
  BackendProcess(BackendProcess&&) noexcept;
  BackendProcess& operator=(BackendProcess&& other) noexcept;
  ~BackendProcess();

  [[nodiscard]] const BackendSpec& spec() const noexcept;
  /// What the child told of itself when it had imported the build backend.
  [[nodiscard]] const ipc::Started& started() const noexcept;
  /// The hooks of PEP 517 and PEP 660 that the build backend has.
  [[nodiscard]] const std::vector<std::string>& hooks() const noexcept { return started().hooks; }
  [[nodiscard]] bool has_hook(const std::string& name) const;

  /// Runs one hook and returns what it returned, or how it failed. What the hook prints goes to
  /// `observer`.
  ///
  /// Fails with
  /// - `errc::backend_gone` if the child dies or hangs, and after that on every further call; an
  ///   outcome that it told in its last words counts as one, and `death` tells of its end.
  /// - `errc::timed_out` past `call.timeout`: the hook has been stopped, and the backend lives
  ///   (`alive`) unless it could not be made to stop it.
  /// - `errc::cancelled`: first the hook is asked to stop, with grace; a second request kills it
  /// and
  ///   the backend at once. `hook_failure` tells what it had raised.
  /// - `errc::protocol_error` for an answer that makes no sense; the child is killed, unless it
  ///   only rejected the command.
  /// - `errc::invalid_state` while another hook runs and after `stop`: the caller's bug.
  ///
  /// If the child is found dead, dies or hangs before it has accepted the command, and nothing was
  /// printed meanwhile, no hook has begun: a new child is started and asked, once. So errors of
  /// `start` are possible too.
  Result<ipc::Outcome> call(const HookCall& call,
                            Observer& observer,
                            const Cancellation& cancellation);

  /// Sends the command and returns at once; the handle tells how far it came, and its outcome.
  /// Fails with `errc::invalid_state` and, where the child died of an earlier call,
  /// `errc::backend_gone`; all else is the outcome. `observer` and `cancellation` must outlive the
  /// handle.
  Result<SentHook> send(HookCall call, Observer& observer, const Cancellation& cancellation);

  /// Whether the child runs; looks, without waiting.
  [[nodiscard]] bool alive() const noexcept;
  /// How the child ended, once a call has seen it: an error as `call` gives it.
  [[nodiscard]] const std::optional<Error>& death() const noexcept;
  /// How the children ended that `call` has replaced since this was last asked, in order.
  [[nodiscard]] std::vector<Error> take_replaced();

  /// Asks the child to leave (`_exit`), then makes it, within `2 * bounds.leave`; its output is
  /// dropped. A hook that runs is killed with it: its outcome is `errc::backend_gone`. Tells how
  /// the child ended; nothing if it was gone already, or killed with a hook. Harmless a second
  /// time.
  std::optional<ipc::ExitStatus> stop() noexcept;

 private:
  explicit BackendProcess(std::shared_ptr<BackendChild> child);

  std::shared_ptr<BackendChild> child_;  // shared with a command under way; none: moved away
};

}  // namespace axle::frontend
