#include "frontend/backend_process.hpp"

#include "frontend/backend_child.hpp"

#include <algorithm>
#include <utility>

namespace axle::frontend {

Result<BackendProcess> BackendProcess::start(BackendSpec spec,
                                             Observer& observer,
                                             const Cancellation& cancellation,
                                             BackendBounds bounds,
                                             std::shared_ptr<HostSource> source) {
  TRY(auto child,
      BackendChild::start(std::move(spec), observer, cancellation, bounds, std::move(source)));
  return BackendProcess(std::move(child));
}

BackendProcess::BackendProcess(std::shared_ptr<BackendChild> child) : child_(std::move(child)) {}

BackendProcess::BackendProcess(BackendProcess&&) noexcept = default;

BackendProcess& BackendProcess::operator=(BackendProcess&& other) noexcept {
  if (this != &other) {
    if (child_) child_->stop();
    child_ = std::move(other.child_);
  }
  return *this;
}

BackendProcess::~BackendProcess() {
  if (child_) child_->stop();
}

const BackendSpec& BackendProcess::spec() const noexcept {
  return child_->spec();
}

const ipc::Started& BackendProcess::started() const noexcept {
  return child_->started();
}

bool BackendProcess::has_hook(const std::string& name) const {
  return std::ranges::find(hooks(), name) != hooks().end();
}

Result<SentHook> BackendProcess::send(HookCall call,
                                      Observer& observer,
                                      const Cancellation& cancellation) {
  TRY(child_->claim(call.hook));
  return SentHook(child_, std::move(call), observer, cancellation);
}

Result<ipc::Outcome> BackendProcess::call(const HookCall& call,
                                          Observer& observer,
                                          const Cancellation& cancellation) {
  TRY(auto sent, send(call, observer, cancellation));
  return sent.outcome();
}

bool BackendProcess::alive() const noexcept {
  return child_->alive();
}

const std::optional<Error>& BackendProcess::death() const noexcept {
  return child_->death();
}

std::vector<Error> BackendProcess::take_replaced() {
  return child_->take_replaced();
}

std::optional<ipc::ExitStatus> BackendProcess::stop() noexcept {
  return child_->stop();
}

}  // namespace axle::frontend
