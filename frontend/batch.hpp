// Many builds, some of them at once: each gets an outcome, whatever becomes of the others.
//
//   options.backends = share_backends();  // frontend/shared_backends.hpp
//   std::vector<BatchJob> jobs;
//   for (const path& source : sources) {
//     jobs.push_back({source.string(), [&](const Cancellation& cancellation) -> Built {
//       auto builder = Builder::open(source, options, observer_of(source), cancellation);
//       if (!builder) return {.error = builder.error()};
//       return builder->build({}, builder->default_output_directory());
//     }});
//   }
//   for (const BatchOutcome& outcome : run_batch(jobs, {.at_once = 4}, cancellation)) ...
#pragma once

#include "frontend/builder.hpp"
#include "frontend/cancellation.hpp"
#include "ipc/error.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace axle::frontend {

/// One build of a batch.
struct BatchJob {
  std::string name;  ///< What the others are told of it.
  /// Builds, watching the cancellation that it is given, which is of this job alone. May be called
  /// in any thread. What it throws becomes its outcome, `errc::internal`.
  std::function<Built(const Cancellation&)> build;
  /// If any: called when it is certain what has come of the build, for which another may wait; also
  /// if the system has not let it begin. Must return at once, and not throw.
  std::function<void()> ended = {};
};

/// What the first failure of a batch means for the others.
enum class AfterFailure {
  go_on,
  stop_others,  ///< None begins any more; those that run are cancelled after the grace.
};

struct BatchOptions {
  std::size_t at_once = 1;  ///< So many builds run at the same time, at most.
  AfterFailure after_failure = AfterFailure::go_on;
  /// What the others have after the first failure to finish, or to tell errors of their own.
  std::chrono::milliseconds grace{0};
};

struct BatchOutcome {
  enum class Kind {
    built,
    failed,
    cancelled,  ///< It was stopped: by a signal, or because another build failed.
    not_begun,  ///< `built.error` says why.
  };
  Kind kind = Kind::not_begun;
  Built built;  ///< With an error unless `kind` is `built`.
};

/// What came of a build that has ended: built, failed or cancelled.
BatchOutcome::Kind kind_of(const Built& built);

/// Does all jobs, beginning them in their order, and returns as many outcomes, in the same order,
/// once the last one has ended. A request of `cancellation` goes to each job that runs, as often as
/// it is made, and lets no other begin. With one at a time all is done in the calling thread, else
/// each in a thread that takes no signals; where the system gives no thread there are fewer at
/// once.
std::vector<BatchOutcome> run_batch(std::span<const BatchJob> jobs,
                                    const BatchOptions& options,
                                    const Cancellation& cancellation);

/// The numbers of those that were not built, the one to blame first: failures by the time at which
/// they failed, after them peers that were gone, then what was cancelled, then what was not begun.
std::vector<std::size_t> failures_in_order(std::span<const BatchOutcome> outcomes);

}  // namespace axle::frontend
