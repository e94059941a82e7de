#include "frontend/daemon/warm_pool.hpp"

#include "frontend/backend_match.hpp"

#include <fmt/format.h>

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <utility>

namespace axle::frontend {
namespace {

using namespace std::chrono_literals;
using ipc::Clock;

constexpr auto leave_time = 2s;

}  // namespace

WarmPool::~WarmPool() {
  for (Backend& backend : backends_) {
    if (backend.state == State::leased) backend.process.release();
  }
}

WarmPool::Place WarmPool::find(Id id) {
  return std::ranges::find(backends_, id, &Backend::id);
}

Result<WarmPool::Offer> WarmPool::lease(const LeaseRequest& request) {
  if (leased() >= limits_.most_leased) {
    return fail(errc::io_error, fmt::format("{} builds are under way", limits_.most_leased));
  }
  std::string programs = programs_of(request.spec);
  if (const Place idle = take_idle(request.spec, programs); idle != backends_.end()) {
    return offer(*idle);
  }
  TRY(const Place fresh, start(request, std::move(programs)));
  return offer(*fresh);
}

WarmPool::Offer WarmPool::offer(const Backend& backend) {
  const HostChannels& channels = backend.channels;
  return {.id = backend.id,
          .reply = {.pid = backend.process.pid(), .started = backend.started},
          .fds = {backend.process.pidfd(),
                  channels.in.number(),
                  channels.out.number(),
                  channels.err.number(),
                  channels.control.number()}};
}

WarmPool::Place WarmPool::take_idle(const BackendSpec& spec, const std::string& programs) {
  // The one that was used last is the warmest.
  for (auto place = backends_.end(); place != backends_.begin();) {
    --place;
    if (place->state != State::idle || !serves(place->spec, spec)) continue;
    if (place->programs != programs) {
      let_leave(*place, "its interpreter or axle-backend was replaced");
      continue;
    }
    if (place->process.try_reap()) continue;  // its end is told soon
    place->state = State::leased;
    ++place->leases;
    log_.write(fmt::format("leased {} (process {})", spec.backend_name(), place->process.pid()));
    return place;
  }
  return backends_.end();
}

Result<WarmPool::Place> WarmPool::start(const LeaseRequest& request, std::string programs) {
  const std::string name = request.spec.backend_name();
  if (DeathRecords::Record* deaths = deaths_.find(request.spec); deaths != nullptr) {
    const auto now = Clock::now();
    if (deaths->budget.verdict(now) == DeathBudget::Verdict::refuse ||
        deaths->budget.next_start(now) > now) {
      return fail(errc::backend_gone,
                  fmt::format("axle-backend for {} has died: {}", name, deaths->last));
    }
  }
  std::string limits = resource_limits_of(0);
  TRY(auto launched, launch_host(request.spec, request.start_bound, Warmth::warm));
  const auto death = loop_.watch_exit(launched.process.pidfd());
  log_.write(fmt::format("started {} (process {})", name, launched.process.pid()));
  backends_.push_back({.id = ++last_id_,
                       .spec = request.spec,
                       .programs = std::move(programs),
                       .limits = std::move(limits),
                       .process = std::move(launched.process),
                       .channels = std::move(launched.channels),
                       .death = death});
  return std::prev(backends_.end());
}

void WarmPool::give_back(Id id, std::string started) {
  const Place backend = find(id);
  if (backend == backends_.end() || backend->state != State::leased) return;
  if (backend->end) return forget(backend);
  backend->started = std::move(started);
  backend->state = State::idle;
  backend->used = Clock::now();
  backends_.splice(backends_.end(), backends_, backend);
  const pid_t pid = backend->process.pid();
  const IdleBackend use{.leases = backend->leases,
                        .memory = memory_of(pid),
                        .limited_anew = resource_limits_of(pid) != backend->limits};
  if (const char* why = why_to_leave(limits_.recycling, use, backend->spec, deaths_)) {
    return let_leave(*backend, why);
  }
  keep_idle_small();
}

void WarmPool::keep_idle_small() {
  std::vector<Place> idle;
  std::vector<std::uint64_t> memories;
  for (auto place = backends_.begin(); place != backends_.end(); ++place) {
    if (place->state != State::idle) continue;
    idle.push_back(place);
    memories.push_back(memory_of(place->process.pid()));
  }
  const std::size_t surplus = idle.size() - most_to_wait(limits_.recycling, memories);
  for (std::size_t i = 0; i < surplus; ++i) let_leave(*idle[i], "others were used later");
}

void WarmPool::abandon(Id id) {
  const Place backend = find(id);
  if (backend == backends_.end()) return;
  if (backend->end) return forget(backend);
  log_.write(fmt::format("killed process {}: its client has gone", backend->process.pid()));
  backend->process.send_signal_to_group(SIGKILL);
  backend->state = State::leaving;
}

void WarmPool::let_leave(Backend& backend, const char* why) {
  log_.write(fmt::format("let process {} leave: {}", backend.process.pid(), why));
  backend.state = State::leaving;
  backend.channels = {};  // the end of its stdin tells it
  backend.patience = loop_.start_timer(ipc::deadline_in(leave_time));
}

std::optional<WarmPool::Id> WarmPool::look_at(const ipc::Event& event) {
  for (auto place = backends_.begin(); place != backends_.end(); ++place) {
    if (event.source == place->patience && event.kind == ipc::Event::Kind::timer) {
      place->patience = ipc::SourceId::none;
      place->process.send_signal_to_group(SIGKILL);
      return std::nullopt;
    }
    if (event.source != place->death) continue;
    const Id id = place->id;
    place->end = place->process.reap();
    log_.write(fmt::format("process {} {}", place->process.pid(), place->end->describe()));
    if (place->state == State::leaving) {
      forget(place);
    } else {
      deaths_.add(place->spec, place->end->describe());
      if (place->state == State::idle) forget(place);
    }
    return id;
  }
  return std::nullopt;
}

std::optional<ipc::ExitStatus> WarmPool::end_of(Id id) {
  const Place backend = find(id);
  if (backend == backends_.end()) return ipc::ExitStatus{.code = 256};
  return backend->end;
}

void WarmPool::forget(Place backend) {
  if (backend->patience != ipc::SourceId::none) loop_.remove(backend->patience);
  loop_.remove(backend->death);
  backends_.erase(backend);
}

void WarmPool::let_unused_leave() {
  const auto now = Clock::now();
  for (Backend& backend : backends_) {
    if (backend.state == State::idle && backend.used + limits_.unused <= now) {
      let_leave(backend, "nobody has used it for long");
    }
  }
}

void WarmPool::let_all_idle_leave() {
  for (Backend& backend : backends_) {
    if (backend.state == State::idle) let_leave(backend, "the daemon stops");
  }
}

ipc::Deadline WarmPool::next_expiry() const {
  ipc::Deadline next = ipc::no_deadline;
  for (const Backend& backend : backends_) {
    if (backend.state == State::idle) next = std::min(next, backend.used + limits_.unused);
  }
  return next;
}

std::size_t WarmPool::leased() const {
  return static_cast<std::size_t>(std::ranges::count(backends_, State::leased, &Backend::state));
}

bool WarmPool::has(pid_t pid) const {
  return std::ranges::any_of(backends_,
                             [&](const Backend& backend) { return backend.process.pid() == pid; });
}

std::vector<KeptBackend> WarmPool::report() const {
  std::vector<KeptBackend> report;
  const auto now = Clock::now();
  const auto seconds = [](auto span) {
    return std::chrono::duration_cast<std::chrono::seconds>(span);
  };
  for (const Backend& backend : backends_) {
    if (backend.state == State::leaving) continue;
    const bool leased = backend.state == State::leased;
    const BackendSpec& spec = backend.spec;
    report.push_back({.pid = backend.process.pid(),
                      .backend = spec.backend_name(),
                      .python = spec.python.string(),
                      .source_tree = spec.backend_path.empty() ? "" : spec.source_tree.string(),
                      .leased = leased,
                      .leases = backend.leases,
                      .age = seconds(now - backend.since),
                      .unused = leased ? 0s : seconds(now - backend.used),
                      .memory = memory_of(backend.process.pid())});
  }
  return report;
}

}  // namespace axle::frontend
