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
#include "frontend/observer.hpp"
#include "ipc/child_process.hpp"
#include "ipc/error.hpp"
#include "ipc/event.hpp"
#include "ipc/json_text.hpp"
#include "ipc/outcome.hpp"
#include "ipc/private_dir.hpp"

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace axle::frontend {

class BackendHost;
struct HookReport;

struct HookCall {
  std::string hook;                   ///< Also `_optional_hooks`.
  ipc::JsonText kwargs = {"{}"};      ///< An object: the hook's arguments by their names.
  std::filesystem::path source_tree;  ///< The hook's working directory; absolute.
  /// After this the hook is stopped; nothing: never.
  std::optional<std::chrono::milliseconds> timeout = std::nullopt;
};

/// Owns the child, its whole process group and the folder of its results; destruction ends all.
/// Not thread-safe: one owner, one command at a time; may be moved between threads.
class BackendProcess {
 public:
  /// Starts `spec.backend_program` and waits until the build backend is imported.
  ///
  /// Fails with `errc::backend_unavailable` if the import fails (`hook_failure` tells how),
  /// `errc::environment_failed` if axle-backend or the interpreter cannot be executed,
  /// `errc::backend_gone` if the child dies, `errc::timed_out` past `bounds.start`,
  /// `errc::protocol_error` if it speaks another protocol, `errc::invalid_project` if the source
  /// tree is not there, `errc::cancelled` and `errc::io_error`. Nothing is left running then.
  static Result<BackendProcess> start(BackendSpec spec,
                                      Observer& observer,
                                      const Cancellation& cancellation,
                                      BackendBounds bounds = {});
  BackendProcess(BackendProcess&&) noexcept;
  BackendProcess& operator=(BackendProcess&& other) noexcept;
  ~BackendProcess();

  [[nodiscard]] const BackendSpec& spec() const noexcept { return spec_; }
  /// What the child told of itself when it had imported the build backend.
  [[nodiscard]] const ipc::Started& started() const noexcept { return started_; }
  /// The hooks of PEP 517 and PEP 660 that the build backend has.
  [[nodiscard]] const std::vector<std::string>& hooks() const noexcept { return started_.hooks; }
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

  /// Whether the child runs; looks, without waiting.
  [[nodiscard]] bool alive() const noexcept;
  /// How the child ended, once a call has seen it: an error as `call` gives it.
  [[nodiscard]] const std::optional<Error>& death() const noexcept { return death_; }

  /// Asks the child to leave (`_exit`), then makes it, within `2 * bounds.leave`; its output is
  /// dropped. Tells how it ended; nothing if it was gone already. Harmless a second time. Must not
  /// be called by the observer of a running hook.
  std::optional<ipc::ExitStatus> stop() noexcept;

 private:
  BackendProcess(BackendSpec spec, BackendBounds bounds, ipc::PrivateDir results);
  Result<> launch(Observer& observer, const Cancellation& cancellation);
  Result<ipc::Started> await_start(Observer& observer, const Cancellation& cancellation);
  HookReport attempt(const HookCall& call, Observer& observer, const Cancellation& cancellation);

  BackendSpec spec_;
  BackendBounds bounds_;
  ipc::PrivateDir results_;
  std::unique_ptr<BackendHost> host_;  // none once it is dead and reaped
  ipc::Started started_;
  std::optional<Error> death_;
  std::uint64_t last_id_ = 0;
  enum class State { ready, calling, failed, stopped } state_ = State::ready;
};

}  // namespace axle::frontend
