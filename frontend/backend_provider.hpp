// Where running backends come from. A builder asks for one by its spec and holds a lease on it for
// as long as it has hooks to run.
//
//   KeepingProvider provider;
//   TRY(auto backend, provider.backend_for(spec, observer, cancellation));
//   TRY(auto outcome, backend->call(...));
#pragma once

#include "frontend/backend_process.hpp"
#include "frontend/backend_spec.hpp"
#include "frontend/cancellation.hpp"
#include "frontend/death_budget.hpp"
#include "frontend/death_records.hpp"
#include "frontend/observer.hpp"
#include "ipc/error.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace axle::frontend {

/// A backend that is the holder's alone until the lease ends, and then goes back where it came
/// from. Must not outlive its provider.
class BackendLease {
 public:
  using GiveBack = std::move_only_function<void(std::unique_ptr<BackendProcess>)>;

  BackendLease(std::unique_ptr<BackendProcess> backend, GiveBack give_back)
      : backend_(std::move(backend)), give_back_(std::move(give_back)) {}
  BackendLease(BackendLease&&) noexcept = default;
  BackendLease& operator=(BackendLease&& other) noexcept;
  ~BackendLease() { end(); }

  /// Not to be called after `end`.
  BackendProcess& operator*() const noexcept { return *backend_; }
  BackendProcess* operator->() const noexcept { return backend_.get(); }

  /// Gives the backend back. Harmless a second time.
  void end();

 private:
  std::unique_ptr<BackendProcess> backend_;
  GiveBack give_back_;
};

/// Safe to be used by several threads at once.
class BackendProvider {
 public:
  BackendProvider() = default;
  BackendProvider(const BackendProvider&) = delete;
  BackendProvider& operator=(const BackendProvider&) = delete;
  virtual ~BackendProvider() = default;

  /// A living backend as `spec` says, started if there is none. Fails as BackendProcess::start.
  virtual Result<BackendLease> backend_for(const BackendSpec& spec,
                                           Observer& observer,
                                           const Cancellation& cancellation) = 0;
};

/// Takes backends from a source, and keeps those that are given back alive for the next one who
/// asks for exactly the same: of another source tree too, unless the build backend is in-tree. One
/// whose interpreter or axle-backend was replaced meanwhile is stopped. Destruction stops them all,
/// or gives them back to the source.
class KeepingProvider final : public BackendProvider {
 public:
  /// So many wait at most for somebody to need them; past that the one that waits longest is
  /// stopped.
  static constexpr std::size_t most_idle = 8;

  explicit KeepingProvider(BackendBounds bounds = {},
                           DeathBudget::Limits deaths = {},
                           std::shared_ptr<HostSource> source = make_launching_source())
      : bounds_(bounds), limits_(deaths), source_(std::move(source)), deaths_(deaths) {}

  /// After several deaths of such backends it waits before it starts another, then gives out none
  /// twice (the observer is told so, once), and in the end fails with `errc::backend_gone` at once.
  Result<BackendLease> backend_for(const BackendSpec& spec,
                                   Observer& observer,
                                   const Cancellation& cancellation) override;

 private:
  /// A backend in wait, and its programs as they were before the start.
  struct Idle {
    std::unique_ptr<BackendProcess> backend;
    std::string programs;
  };

  /// Waits until such a backend may be started.
  Result<> await_turn(const BackendSpec& spec,
                      Observer& observer,
                      const Cancellation& cancellation);
  std::unique_ptr<BackendProcess> take_idle(const BackendSpec& spec, const std::string& programs);
  void keep(Idle given_back);

  const BackendBounds bounds_;
  const DeathBudget::Limits limits_;
  const std::shared_ptr<HostSource> source_;
  std::mutex mutex_;
  std::vector<Idle> idle_;  // the one that waits longest first
  DeathRecords deaths_;
};

}  // namespace axle::frontend
