// Where an axle-backend comes from: it is started, or lent by a daemon that keeps warm ones.
#pragma once

#include "frontend/backend_host.hpp"
#include "frontend/backend_spec.hpp"
#include "frontend/cancellation.hpp"
#include "frontend/observer.hpp"
#include "ipc/error.hpp"
#include "ipc/event.hpp"

#include <memory>
#include <optional>

namespace axle::frontend {

/// An axle-backend to be supervised.
struct OpenedHost {
  BackendHost host;
  /// What it told when it had imported the build backend; nothing: that is still to come.
  std::optional<ipc::Started> started = std::nullopt;
};

/// Safe to be used by several threads at once.
class HostSource {
 public:
  HostSource() = default;
  HostSource(const HostSource&) = delete;
  HostSource& operator=(const HostSource&) = delete;
  virtual ~HostSource() = default;

  /// Fails as `launch_host` does, and with `errc::cancelled`.
  virtual Result<OpenedHost> open(const BackendSpec& spec,
                                  BackendBounds::Span start_bound,
                                  Observer& observer,
                                  const Cancellation& cancellation) = 0;
};

/// Starts a new one for each call.
std::shared_ptr<HostSource> make_launching_source();

}  // namespace axle::frontend
