#include "frontend/backend_provider.hpp"

#include "frontend/backend_match.hpp"
#include "ipc/event_loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace axle::frontend {
BackendLease& BackendLease::operator=(BackendLease&& other) noexcept {
  if (this != &other) {
    end();
    backend_ = std::move(other.backend_);
    give_back_ = std::move(other.give_back_);
  }
  return *this;
}

void BackendLease::end() {
  if (backend_ && give_back_) give_back_(std::move(backend_));
  backend_.reset();
}

Result<BackendLease> KeepingProvider::backend_for(const BackendSpec& spec,
                                                  Observer& observer,
                                                  const Cancellation& cancellation) {
  std::string programs = programs_of(spec);
  auto backend = take_idle(spec, programs);
  if (!backend) {
    TRY(await_turn(spec, observer, cancellation));
    auto started = BackendProcess::start(spec, observer, cancellation, bounds_, source_);
    if (!started) {
      if (started.error().code == errc::backend_gone) {
        const std::scoped_lock lock(mutex_);
        deaths_.add(spec, started.error().message);
      }
      return std::unexpected(std::move(started).error());
    }
    backend = std::make_unique<BackendProcess>(*std::move(started));
  }
  return BackendLease(
      std::move(backend),
      [this, programs = std::move(programs)](std::unique_ptr<BackendProcess> given_back) {
        keep({std::move(given_back), programs});
      });
}

Result<> KeepingProvider::await_turn(const BackendSpec& spec,
                                     Observer& observer,
                                     const Cancellation& cancellation) {
  using Verdict = DeathBudget::Verdict;
  ipc::Clock::time_point turn;
  std::string told;
  {
    const std::scoped_lock lock(mutex_);
    DeathRecords::Record* record = deaths_.find(spec);
    if (record == nullptr) return {};
    const auto now = ipc::Clock::now();
    const auto verdict = record->budget.verdict(now);
    if (verdict == Verdict::refuse) {
      return fail(errc::backend_gone,
                  fmt::format("axle-backend for {} dies again and again; the last time: {}",
                              spec.backend_name(),
                              record->last));
    }
    if (verdict == Verdict::use_once && !std::exchange(record->told, true)) {
      told = fmt::format("axle-backend for {} has died {} times, so each build gets another",
                         spec.backend_name(),
                         limits_.deaths);
    }
    turn = record->budget.next_start(now);
  }
  if (!told.empty()) observer.notice(told);
  if (turn <= ipc::Clock::now()) return {};
  ipc::EventLoop loop;
  const auto stop = loop.watch_readable(cancellation.fd());
  if (loop.next_event(turn).source != stop) return {};
  return std::unexpected(cancellation.error(fmt::format("starting {}", spec.backend_name())));
}

std::unique_ptr<BackendProcess> KeepingProvider::take_idle(const BackendSpec& spec,
                                                           const std::string& programs) {
  std::vector<Idle> useless;  // stopped and reaped when the mutex is free again
  const std::scoped_lock lock(mutex_);
  for (auto it = idle_.end(); it != idle_.begin();) {
    --it;
    if (!serves(it->backend->spec(), spec)) continue;
    Idle idle = std::move(*it);
    it = idle_.erase(it);
    if (!idle.backend->alive()) {
      deaths_.add(idle.backend->spec(), "it died while it was idle");
    } else if (idle.programs == programs) {
      return std::move(idle.backend);
    }
    useless.push_back(std::move(idle));
  }
  return nullptr;
}

void KeepingProvider::keep(Idle given_back) {
  Idle surplus;  // stopped when the mutex is free again
  const std::scoped_lock lock(mutex_);
  BackendProcess& backend = *given_back.backend;
  const auto count = [&](const Error& death) {
    if (death.code == errc::backend_gone) deaths_.add(backend.spec(), death.message);
  };
  std::ranges::for_each(backend.take_replaced(), count);
  if (!backend.alive()) {
    if (backend.death()) count(*backend.death());
    surplus = std::move(given_back);
    return;
  }
  if (!deaths_.may_be_kept(backend.spec())) {
    surplus = std::move(given_back);
    return;
  }
  idle_.push_back(std::move(given_back));
  if (idle_.size() > most_idle) {
    surplus = std::move(idle_.front());
    idle_.erase(idle_.begin());
  }
}

}  // namespace axle::frontend
