#include "frontend/shared_backends.hpp"

#include "frontend/backend_match.hpp"
#include "frontend/environment_variables.hpp"
#include "frontend/host_launch.hpp"
#include "frontend/host_source.hpp"
#include "frontend/recycling.hpp"
#include "frontend/start_environment.hpp"
#include "ipc/clock.hpp"
#include "ipc/event_loop.hpp"
#include "ipc/poll_fds.hpp"

#include <fcntl.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace axle::frontend {
namespace {

using namespace std::chrono_literals;

constexpr auto leave_time = 2s;

/// A backend, on loan or waiting.
struct Kept {
  BackendSpec spec;      // as it was started
  std::string programs;  // as they were before the start
  std::string limits;    // likewise
  ipc::ChildProcess process;
  HostChannels channels;
  std::optional<ipc::Started> started = std::nullopt;
  IdleBackend use = {};
};

/// Lets them leave, all at the same time, and kills those that do not.
void end(std::vector<Kept> backends) noexcept {
  for (Kept& backend : backends) backend.channels = {};  // the end of its stdin tells it
  const auto deadline = ipc::Clock::now() + leave_time;
  for (const Kept& backend : backends) {
    pollfd ended{.fd = backend.process.pidfd(), .events = POLLIN, .revents = 0};
    int ready = -1;
    do {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - ipc::Clock::now()).count();
      ready = ipc::poll_fd(ended, static_cast<int>(std::max<std::int64_t>(left, 0)));
    } while (ready < 0 && errno == EINTR);
  }
}

/// Those that wait for the next. Safe to be used by several threads at once.
class Shelf {
 public:
  ~Shelf() { end(std::move(idle_)); }

  /// The one that was used last of those that serve `spec`.
  std::optional<Kept> take(const BackendSpec& spec, const std::string& programs) {
    std::vector<Kept> useless;  // ended when the mutex is free again
    std::optional<Kept> found;
    {
      const std::scoped_lock lock(mutex_);
      for (auto it = idle_.end(); !found && it != idle_.begin();) {
        --it;
        if (!serves(it->spec, spec)) continue;
        Kept kept = std::move(*it);
        it = idle_.erase(it);
        if (const auto ended = kept.process.try_reap()) {
          deaths_.add(kept.spec, ended->describe());
        } else if (kept.programs != programs) {
          useless.push_back(std::move(kept));
        } else {
          found = std::move(kept);
        }
      }
    }
    end(std::move(useless));
    return found;
  }

  /// False: it is not to wait for anybody, and stays the caller's.
  bool put(Kept& kept) {
    kept.use.memory = memory_of(kept.process.pid());
    kept.use.limited_anew = resource_limits_of(kept.process.pid()) != kept.limits;
    std::vector<Kept> surplus;
    {
      const std::scoped_lock lock(mutex_);
      if (why_to_leave(limits_, kept.use, kept.spec, deaths_) != nullptr) return false;
      std::vector<std::uint64_t> memories;
      for (const Kept& idle : idle_) memories.push_back(idle.use.memory);
      memories.push_back(kept.use.memory);
      surplus.reserve(memories.size());
      idle_.push_back(std::move(kept));
      const auto waiting = static_cast<std::ptrdiff_t>(most_to_wait(limits_, memories));
      const auto first = std::prev(idle_.end(), waiting);
      std::move(idle_.begin(), first, std::back_inserter(surplus));
      idle_.erase(idle_.begin(), first);
    }
    end(std::move(surplus));
    return true;
  }

  void count_death(const BackendSpec& spec, std::string how) {
    const std::scoped_lock lock(mutex_);
    deaths_.add(spec, std::move(how));
  }

 private:
  const RecyclingLimits limits_;
  std::mutex mutex_;
  std::vector<Kept> idle_;  // the one that was used last at the end
  DeathRecords deaths_{limits_.deaths};
};

/// The process of a backend that a builder has on loan, which it talks to through descriptors of
/// its own: as if a daemon had lent it.
class LentProcess final : public HostProcess {
 public:
  LentProcess(Kept kept, ipc::UniqueFd pidfd, std::shared_ptr<Shelf> shelf)
      : kept_(std::move(kept)),
        pid_(kept_.process.pid()),
        pidfd_(std::move(pidfd)),
        shelf_(std::move(shelf)) {}

  [[nodiscard]] pid_t pid() const noexcept override { return pid_; }
  [[nodiscard]] int pidfd() const noexcept override { return pidfd_.number(); }
  void send_signal(int signal) noexcept override { kept_.process.send_signal(signal); }
  void send_signal_to_group(int signal) noexcept override {
    kept_.process.send_signal_to_group(signal);
  }
  ipc::ExitStatus reap() noexcept override {
    const ipc::ExitStatus status = kept_.process.reap();
    if (status.success() || std::exchange(dead_, true)) return status;
    try {
      shelf_->count_death(kept_.spec, status.describe());
    } catch (const std::bad_alloc&) {  // a death that is not counted is no harm
    }
    return status;
  }
  [[nodiscard]] bool shared() const noexcept override { return true; }
  bool give_back(const ipc::Started& started) noexcept override {
    try {
      kept_.started = started;
      ++kept_.use.leases;
      return shelf_->put(kept_);
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

 private:
  Kept kept_;
  const pid_t pid_;
  const ipc::UniqueFd pidfd_;
  const std::shared_ptr<Shelf> shelf_;
  bool dead_ = false;
};

Result<ipc::UniqueFd> duplicate(int fd) {
  ipc::UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy) return fail_errno(errc::io_error, "cannot watch axle-backend", errno);
  return copy;
}

Result<OpenedHost> lend(Kept kept, std::shared_ptr<Shelf> shelf) {
  HostChannels channels;
  TRY(channels.in, duplicate(kept.channels.in.number()));
  TRY(channels.out, duplicate(kept.channels.out.number()));
  TRY(channels.err, duplicate(kept.channels.err.number()));
  TRY(channels.control, duplicate(kept.channels.control.number()));
  TRY(auto pidfd, duplicate(kept.process.pidfd()));
  auto started = std::move(kept.started);
  TRY(auto host,
      BackendHost::watch(
          std::make_unique<LentProcess>(std::move(kept), std::move(pidfd), std::move(shelf)),
          std::move(channels)));
  return OpenedHost{.host = std::move(host), .started = std::move(started)};
}

/// What the builds of this program have in common: not the variables that one adds for its hooks,
/// unless they are read at a start. Commands bring those.
std::vector<std::string> common_environment(const std::vector<std::string>& environment) {
  const auto callers = EnvironmentVariables::current().entries();
  const auto at_start = start_environment(environment);
  std::vector<std::string> common;
  std::ranges::copy_if(environment, std::back_inserter(common), [&](const std::string& entry) {
    return std::ranges::find(at_start, entry) != at_start.end() ||
           std::ranges::find(callers, entry) != callers.end();
  });
  return common;
}

class SharingSource final : public HostSource {
 public:
  Result<OpenedHost> open(const BackendSpec& spec,
                          BackendBounds::Span start_bound,
                          Observer& observer,
                          const Cancellation& cancellation) override {
    // Nobody else builds the same source tree.
    if (!can_be_lent(spec) || belongs_to_source_tree(spec)) {
      return launching_->open(spec, start_bound, observer, cancellation);
    }
    const BackendSpec lent = as_lent(spec, common_environment(spec.environment));
    std::string programs = programs_of(lent);
    if (auto kept = shelf_->take(lent, programs)) return lend(*std::move(kept), shelf_);
    std::string limits = resource_limits_of(0);
    TRY(auto launched, launch_host(lent, start_bound, Warmth::cold));
    return lend({.spec = lent,
                 .programs = std::move(programs),
                 .limits = std::move(limits),
                 .process = std::move(launched.process),
                 .channels = std::move(launched.channels)},
                shelf_);
  }

 private:
  const std::shared_ptr<HostSource> launching_ = make_launching_source();
  const std::shared_ptr<Shelf> shelf_ = std::make_shared<Shelf>();
};

}  // namespace

std::shared_ptr<HostSource> share_backends() {
  return std::make_shared<SharingSource>();
}

}  // namespace axle::frontend
