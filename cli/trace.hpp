// The timeline of a command, as a file in the Chrome trace event format: Perfetto and
// chrome://tracing open it.
//
//   Trace trace(arguments.common.trace);           // an empty path: nothing is recorded
//   if (auto ready = trace.begin(); !ready) ...    // before anything is built
//   {
//     TracedObserver traced(trace, "pluggy", observer);
//     Builder::open(source, options, traced, cancellation) ...
//   }
//   trace.write();
//
// Each build lies in a lane: builds side by side have one each, and one that begins when another
// has ended takes over its lane. Times are microseconds of the steady clock.
#pragma once

#include "frontend/forwarding_observer.hpp"
#include "ipc/error.hpp"
#include "ipc/json_text.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace axle::cli {

/// Thread-safe.
class Trace {
 public:
  using Clock = std::chrono::steady_clock;

  /// Records for `file`; nothing at all if that is empty.
  explicit Trace(std::filesystem::path file) : file_(std::move(file)) {}

  /// Writes a timeline in which nothing has happened yet. Fails with `errc::usage` where the file
  /// cannot be written.
  Result<> begin() const;
  /// Writes what was recorded, in place of what `begin` wrote. The file is whole at all times.
  /// Fails with `errc::io_error`.
  Result<> write() const;

  /// The lowest lane that nobody has.
  std::size_t enter();
  void leave(std::size_t lane);

  struct Span {
    std::string_view name;
    std::string_view category;
    Clock::time_point begin;
    ipc::JsonText details;  ///< An object.
  };
  /// A span on a track of its own, which may overlap with others of its name.
  void add_apart(std::string_view name, Clock::time_point begin, Clock::time_point end);
  /// A span that ends now.
  void add(std::size_t lane, const Span& span);
  /// Something that happens now.
  void mark(std::size_t lane, std::string_view what);

 private:
  [[nodiscard]] bool records() const noexcept { return !file_.empty(); }
  [[nodiscard]] Result<> write_events() const;

  const std::filesystem::path file_;
  mutable std::mutex mutex_;  // guards all below
  std::vector<ipc::JsonText> events_;
  std::vector<bool> taken_;  // by lane
  std::uint64_t apart_ = 0;  // how many spans there are on tracks of their own
};

/// Records a build from construction to destruction, with all its activities, and tells `inner`
/// everything. Both arguments outlive it.
class TracedObserver final : public frontend::ForwardingObserver {
 public:
  TracedObserver(Trace& trace, std::string build, frontend::Observer& inner);
  TracedObserver(const TracedObserver&) = delete;
  TracedObserver& operator=(const TracedObserver&) = delete;
  ~TracedObserver() override;

  void started(const frontend::Activity& activity) override;
  void finished(const frontend::Activity& activity,
                bool succeeded,
                std::chrono::milliseconds took) override;
  void hook_runs_in(int pid) override;
  void hook_used(const ipc::ProcessorTime& used) override;
  void backend_trained(const ipc::Training& training) override;
  void notice(std::string_view sentence) override;
  void remark(std::string_view sentence) override;

 private:
  struct Step {
    frontend::Activity activity;
    Trace::Clock::time_point begin;
    std::optional<int> pid;
    std::optional<ipc::ProcessorTime> used = std::nullopt;
  };
  void end_innermost(std::string_view outcome);

  Trace& trace_;
  const std::string build_;
  const std::size_t lane_;
  const Trace::Clock::time_point begin_;
  std::vector<Step> steps_;  // the innermost last
};

}  // namespace axle::cli
