#include "frontend/batch.hpp"

#include <fmt/format.h>

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cxxabi.h>
#include <exception>
#include <mutex>
#include <new>
#include <optional>
#include <pthread.h>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>

namespace axle::frontend {
namespace {

using Clock = std::chrono::steady_clock;
using Kind = BatchOutcome::Kind;

// Where there may be no memory for more than a few words.
Built internal_failure(const std::string& name, const char* what) noexcept {
  Built built{.error = Error{.code = errc::internal, .message = "out of memory"}};
  try {
    built.error->message = fmt::format("building {} met a bug of axle: {}", name, what);
  } catch (const std::bad_alloc&) {
    return built;
  }
  return built;
}

void request(Cancellation& job, const std::string& why) noexcept {
  try {
    job.request(why);
  } catch (const std::bad_alloc&) {
    job.request();
  }
}

Built guarded_build(const BatchJob& job, const Cancellation& cancellation) {
  try {
    return job.build(cancellation);
  } catch (const abi::__forced_unwind&) {
    throw;
  } catch (const std::system_error& error) {  // such as no more descriptors
    return {.error = Error{.code = errc::io_error,
                           .message = fmt::format("cannot build {}: {}", job.name, error.what())}};
  } catch (const std::exception& error) {
    return internal_failure(job.name, error.what());
  } catch (...) {
    return internal_failure(job.name, "something was thrown that is no exception");
  }
}

/// Tells of what is readable, and once of every further request of a cancellation.
class Bell {
 public:
  /// Throws std::system_error where there are no more descriptors.
  explicit Bell(const Cancellation& cancellation)
      : rung_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), all_(::epoll_create1(EPOLL_CLOEXEC)) {
    add(rung_.number());
    add(cancellation.fd());
  }

  void ring() noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(rung_.number(), &one, sizeof one);
  }

  /// Waits for a ring or a request since the last wait, or for the deadline.
  void wait(std::optional<Clock::time_point> deadline) noexcept {
    int timeout = -1;
    if (deadline) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now());
      timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1'000'000'000));
    }
    epoll_event event{};
    ::epoll_wait(all_.number(), &event, 1, timeout);  // one that a signal ends is no harm
  }

 private:
  // Neither is ever read: it is the edges that tell.
  void add(int fd) {
    epoll_event edges{.events = EPOLLIN | EPOLLET, .data = {}};
    if (::epoll_ctl(all_.number(), EPOLL_CTL_ADD, fd, &edges) != 0) {
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
  }

  ipc::UniqueFd rung_;
  ipc::UniqueFd all_;
};

class Batch {
 public:
  Batch(std::span<const BatchJob> jobs, const BatchOptions& options, const Cancellation& outer)
      : jobs_(jobs),
        options_(options),
        outer_(outer),
        outcomes_(jobs.size()),
        running_(jobs.size()) {}

  std::vector<BatchOutcome> run() {
    const std::size_t at_once = std::min(options_.at_once, jobs_.size());
    if (at_once < 2 || !run_in_threads(at_once)) run_here();
    for (std::size_t i = next_; i < jobs_.size(); ++i) outcomes_[i].built.error = not_begun();
    return std::move(outcomes_);
  }

 private:
  void run_here() {
    while (next_ < jobs_.size() && !outer_.requested() && !ending_) {
      const std::size_t number = next_++;
      end(number, guarded_build(jobs_[number], outer_));
    }
  }

  /// False: nothing was begun, as there are no threads or descriptors to be had.
  bool run_in_threads(std::size_t count) {
    try {
      bell_.emplace(outer_);
    } catch (const std::system_error&) {
      return false;
    }
    std::vector<std::thread> threads;
    threads.reserve(count);
    start(threads, count);
    if (threads.empty()) return false;
    coordinate();
    for (std::thread& thread : threads) thread.join();
    return true;
  }

  void start(std::vector<std::thread>& threads, std::size_t count) {
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const std::unique_lock lock(mutex_);  // they begin when it is known how many there are
    try {
      while (threads.size() < count) threads.emplace_back([this] { work(); });
    } catch (const std::exception&) {
      ::pthread_sigmask(SIG_SETMASK, &before, nullptr);  // fewer will do
    }
    working_ = threads.size();
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (next_ < jobs_.size() && !outer_.requested() && !ending_) {
      const std::size_t number = next_++;
      Built built;
      try {
        Cancellation own;
        running_[number] = &own;
        lock.unlock();
        built = guarded_build(jobs_[number], own);
        lock.lock();
        running_[number] = nullptr;
      } catch (const std::system_error& error) {
        built.error = Error{
            .code = errc::io_error,
            .message = fmt::format(
                "cannot watch the build of {}: {}", jobs_[number].name, error.code().message())};
      }
      end(number, std::move(built));
    }
    --working_;
    bell_->ring();
  }

  // With the mutex where there are threads.
  void end(std::size_t number, Built built) {
    if (jobs_[number].ended) jobs_[number].ended();
    const Kind kind = kind_of(built);
    outcomes_[number] = {.kind = kind, .built = std::move(built)};
    if (kind != Kind::failed || options_.after_failure == AfterFailure::go_on || ending_) return;
    ending_ = true;
    others_until_ = Clock::now() + options_.grace;
    to_blame_ = &jobs_[number];
    if (bell_) bell_->ring();
  }

  void coordinate() {
    int passed_on = 0;
    std::unique_lock lock(mutex_);
    while (working_ > 0) {
      for (const int wanted = outer_.times_requested(); passed_on < wanted; ++passed_on) {
        stop_running(outer_.signal() > 0 ? "" : outer_.reason());
      }
      if (others_until_ && Clock::now() >= *others_until_) {
        others_until_.reset();
        stop_running(why_ended());
      }
      const auto deadline = others_until_;
      lock.unlock();
      bell_->wait(deadline);
      lock.lock();
    }
  }

  // `why` is empty where it was a signal.
  void stop_running(const std::string& why) noexcept {
    for (Cancellation* job : running_) {
      if (job == nullptr) continue;
      if (why.empty()) {
        job->request(outer_.signal());
      } else {
        request(*job, why);
      }
    }
  }

  [[nodiscard]] std::string why_ended() const {
    if (to_blame_ != nullptr) return "another build failed: " + to_blame_->name;
    return (outer_.signal() > 0 ? "stopped by " : "") + outer_.reason();
  }

  [[nodiscard]] Error not_begun() const {
    return {
        .code = errc::cancelled, .message = "not begun: " + why_ended(), .signal = outer_.signal()};
  }

  const std::span<const BatchJob> jobs_;
  const BatchOptions& options_;
  const Cancellation& outer_;
  std::optional<Bell> bell_;  // where there are threads

  std::mutex mutex_;  // guards everything below
  std::vector<BatchOutcome> outcomes_;
  std::size_t next_ = 0;
  std::size_t working_ = 0;             // threads
  std::vector<Cancellation*> running_;  // null: not begun, or ended
  bool ending_ = false;                 // none begins any more
  const BatchJob* to_blame_ = nullptr;  // where a failure is the reason
  std::optional<Clock::time_point> others_until_;
};

}  // namespace

BatchOutcome::Kind kind_of(const Built& built) {
  if (!built.error) return Kind::built;
  return built.error->code == errc::cancelled ? Kind::cancelled : Kind::failed;
}

std::vector<BatchOutcome> run_batch(std::span<const BatchJob> jobs,
                                    const BatchOptions& options,
                                    const Cancellation& cancellation) {
  return Batch(jobs, options, cancellation).run();
}

std::vector<std::size_t> failures_in_order(std::span<const BatchOutcome> outcomes) {
  std::vector<std::size_t> failures;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i].kind != Kind::built) failures.push_back(i);
  }
  std::ranges::sort(failures, {}, [&](std::size_t i) {
    const BatchOutcome& outcome = outcomes[i];
    const bool gone =
        outcome.kind == Kind::failed && outcome.built.error->code == errc::backend_gone;
    return std::tuple(outcome.kind, gone, outcome.built.ended, i);
  });
  return failures;
}

}  // namespace axle::frontend
