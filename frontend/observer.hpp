// Watching a build: what it is doing now, and what its backend prints.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace axle::frontend {

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

/// Told everything in order, from the thread that builds. The defaults do nothing.
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
  /// Bytes that a backend or an installer printed: any bytes at all, cut anywhere.
  virtual void output(Stream, std::string_view /*bytes*/) {}
  /// Something worth knowing that is not an error: one sentence.
  virtual void notice(std::string_view) {}
  /// The same for those who want to know more: the build is none the worse for it.
  virtual void remark(std::string_view) {}
};

}  // namespace axle::frontend
