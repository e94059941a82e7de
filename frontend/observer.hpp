// Watching a build: what it is doing now, and what its backend prints.
#pragma once

#include "ipc/error.hpp"
#include "ipc/event.hpp"
#include "ipc/outcome.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace axle::frontend {

struct Artifact;
class Environment;
struct Interpreter;

/// One thing that a build does and that takes time.
struct Activity {
  enum class Kind {
    unpack_sdist,          ///< `what` is its file name.
    wait_for_lock,         ///< `what` is who builds the project.
    create_environment,    ///< `what` is the path of its interpreter.
    install_requirements,  ///< `what` lists them, one a line.
    start_backend,         ///< `what` is the backend, e.g. "hatchling.build".
    run_hook,              ///< `what` is the hook, e.g. "build_wheel".
    verify_artifact,       ///< `what` is its file name.
    move_artifact,         ///< `what` is its file name.
  };
  Kind kind;
  std::string what;
  std::string project;  ///< The source tree or sdist, as the user named it.
};

/// Where hooks will find what they require.
struct EnvironmentUse {
  enum class Origin {
    kept,       ///< It was there, from this build or an earlier one.
    made,       ///< It was made now, to be kept.
    temporary,  ///< It was made now, and goes with this run.
    own,        ///< It is the interpreter's own: there is no isolation.
  };
  const Environment& environment;
  Origin origin;
  /// What it is to hold: as asked for, but without passwords in URLs.
  std::vector<std::string> requirements;
};

/// A build backend that is ready to run hooks.
struct BackendUse {
  std::string name;            ///< As pyproject.toml spells it: "hatchling.build".
  std::string hook_isolation;  ///< "forked", "inline" or "fresh", as it came out.
  int pid = 0;                 ///< Of axle-backend.
};

/// What came of a hook. The outcome is the hook's own, also where nobody can use what it returned.
struct HookEnd {
  const Result<ipc::Outcome>& outcome;
  int backend_pid = 0;  ///< Of the axle-backend that was to run it; it may be dead.
};

/// Told everything in order, from the thread that builds. The defaults do nothing. What has a
/// second observer to tell derives from ForwardingObserver.
class Observer {
 public:
  enum class Stream { out, err };

  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  virtual void started(const Activity&) {}
  /// The innermost activity has ended.
  virtual void finished(const Activity&, bool /*succeeded*/, std::chrono::milliseconds) {}
  /// The hook that is the innermost activity runs in this process.
  virtual void hook_runs_in(int /*pid*/) {}
  /// The same hook has taken so much of the processor.
  virtual void hook_used(const ipc::ProcessorTime&) {}
  /// The build backend tells that it has trained: while nobody wanted anything of it, perhaps
  /// before this build.
  virtual void backend_trained(const ipc::Training&) {}
  /// The same hook has ended; `finished` follows.
  virtual void hook_ended(const HookEnd&) {}
  /// The interpreter of this build is known.
  virtual void interpreter_found(const Interpreter&) {}
  /// An environment is there, whole. It may be told twice.
  virtual void environment_ready(const EnvironmentUse&) {}
  /// A build backend is imported. It may be told twice.
  virtual void backend_ready(const BackendUse&) {}
  /// An artifact is checked and in its place.
  virtual void artifact_finished(const Artifact&) {}
  /// Bytes that a backend or an installer printed: any bytes at all, cut anywhere.
  virtual void output(Stream, std::string_view /*bytes*/) {}
  /// Something worth knowing that is not an error: one sentence.
  virtual void notice(std::string_view) {}
  /// The same for those who want to know more: the build is none the worse for it.
  virtual void remark(std::string_view) {}
};

}  // namespace axle::frontend
