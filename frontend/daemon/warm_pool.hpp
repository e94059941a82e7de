// The backends that a daemon keeps: idle ones that wait for somebody to need them, leased ones, and
// those that are leaving.
#pragma once

#include "frontend/backend_spec.hpp"
#include "frontend/daemon/log.hpp"
#include "frontend/daemon/messages.hpp"
#include "frontend/host_launch.hpp"
#include "frontend/recycling.hpp"
#include "ipc/clock.hpp"
#include "ipc/error.hpp"
#include "ipc/event_loop.hpp"

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace axle::frontend {

struct WarmPoolLimits {
  std::size_t most_leased = 64;
  /// One that nobody has used for so long leaves.
  std::chrono::milliseconds unused{600'000};
  RecyclingLimits recycling = {};
};

/// Owns the processes. Not thread-safe. Destruction kills those that are not leased; a leased one
/// stays its client's, and leaves with that.
class WarmPool {
 public:
  using Id = std::uint64_t;

  /// Both must outlive the pool.
  WarmPool(ipc::EventLoop& loop, DaemonLog& log, WarmPoolLimits limits)
      : loop_(loop), log_(log), limits_(limits), deaths_(limits.recycling.deaths) {}
  WarmPool(const WarmPool&) = delete;
  WarmPool& operator=(const WarmPool&) = delete;
  ~WarmPool();

  struct Offer {
    Id id = 0;
    LeaseReply reply;
    std::array<int, 5> fds{};  ///< As LeaseReply lists them; they stay the pool's.
  };
  /// An idle backend that serves the request, else a new one. The error's message says why there is
  /// none.
  Result<Offer> lease(const LeaseRequest& request);
  /// The lease is over, and others may have the backend.
  void give_back(Id id, std::string started);
  /// The lease is over in any other way: the backend is killed.
  void abandon(Id id);

  /// One more end of a process, if the event is one: whose, and how it ended. It is forgotten if it
  /// was not leased; else its client will ask for it.
  std::optional<Id> look_at(const ipc::Event& event);
  /// How the leased backend has ended; nothing: it lives.
  [[nodiscard]] std::optional<ipc::ExitStatus> end_of(Id id);

  /// Lets those leave that nobody has used for long.
  void let_unused_leave();
  void let_all_idle_leave();
  /// When `let_unused_leave` has something to do next.
  [[nodiscard]] ipc::Deadline next_expiry() const;

  [[nodiscard]] std::size_t leased() const;
  [[nodiscard]] bool empty() const noexcept { return backends_.empty(); }
  [[nodiscard]] std::vector<KeptBackend> report() const;
  /// Whether `pid` is one of them.
  [[nodiscard]] bool has(pid_t pid) const;

 private:
  enum class State { idle, leased, leaving };
  struct Backend {
    Id id;
    BackendSpec spec;
    std::string programs;  // as they were before the start
    std::string limits;    // likewise
    ipc::ChildProcess process;
    HostChannels channels;
    ipc::SourceId death;
    ipc::SourceId patience = ipc::SourceId::none;  // rings when a leaving one is to be killed
    std::string started = {};
    State state = State::leased;
    std::uint64_t leases = 1;
    ipc::Clock::time_point since = ipc::Clock::now();
    ipc::Clock::time_point used = ipc::Clock::now();
    std::optional<ipc::ExitStatus> end = std::nullopt;
  };
  using Place = std::list<Backend>::iterator;

  Place find(Id id);
  Place take_idle(const BackendSpec& spec, const std::string& programs);
  Result<Place> start(const LeaseRequest& request, std::string programs);
  static Offer offer(const Backend& backend);
  void let_leave(Backend& backend, const char* why);
  void keep_idle_small();
  void forget(Place backend);

  ipc::EventLoop& loop_;
  DaemonLog& log_;
  const WarmPoolLimits limits_;
  std::list<Backend> backends_;  // the idle ones in the order of their last use
  DeathRecords deaths_;
  Id last_id_ = 0;
};

}  // namespace axle::frontend
