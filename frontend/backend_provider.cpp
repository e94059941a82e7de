#include "frontend/backend_provider.hpp"

#include <algorithm>
#include <utility>

namespace axle::frontend {
namespace {

/// Whether a backend that was started as `running` can serve `wanted`: each command brings its
/// source tree with it, but an in-tree backend is a part of its own.
bool serves(const BackendSpec& running, BackendSpec wanted) {
  wanted.project = running.project;
  if (wanted.backend_path.empty()) wanted.source_tree = running.source_tree;
  return running == wanted;
}

}  // namespace

std::unique_ptr<BackendProvider> make_spawning_provider(BackendBounds bounds) {
  return std::make_unique<SpawningProvider>(bounds);
}

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

Result<BackendLease> SpawningProvider::backend_for(const BackendSpec& spec,
                                                   Observer& observer,
                                                   const Cancellation& cancellation) {
  auto backend = take_idle(spec);
  if (!backend) {
    TRY(auto started, BackendProcess::start(spec, observer, cancellation, bounds_));
    backend = std::make_unique<BackendProcess>(std::move(started));
  }
  return BackendLease(std::move(backend), [this](std::unique_ptr<BackendProcess> given_back) {
    keep(std::move(given_back));
  });
}

std::unique_ptr<BackendProcess> SpawningProvider::take_idle(const BackendSpec& spec) {
  std::vector<std::unique_ptr<BackendProcess>> dead;  // reaped when the mutex is free again
  const std::scoped_lock lock(mutex_);
  for (auto it = idle_.end(); it != idle_.begin();) {
    --it;
    if (!serves((*it)->spec(), spec)) continue;
    auto backend = std::move(*it);
    it = idle_.erase(it);
    if (backend->alive()) return backend;
    dead.push_back(std::move(backend));
  }
  return nullptr;
}

void SpawningProvider::keep(std::unique_ptr<BackendProcess> backend) {
  if (!backend->alive()) return;
  std::unique_ptr<BackendProcess> surplus;  // stopped when the mutex is free again
  const std::scoped_lock lock(mutex_);
  idle_.push_back(std::move(backend));
  if (idle_.size() > most_idle) {
    surplus = std::move(idle_.front());
    idle_.erase(idle_.begin());
  }
}

}  // namespace axle::frontend
