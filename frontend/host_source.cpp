#include "frontend/host_source.hpp"

#include "frontend/host_launch.hpp"

#include <utility>

namespace axle::frontend {
namespace {

class LaunchingSource final : public HostSource {
 public:
  Result<OpenedHost> open(const BackendSpec& spec,
                          BackendBounds::Span start_bound,
                          Observer& /*observer*/,
                          const Cancellation& /*cancellation*/) override {
    TRY(auto launched, launch_host(spec, start_bound, Warmth::cold));
    TRY(auto host,
        BackendHost::watch(own_process(std::move(launched.process)), std::move(launched.channels)));
    return OpenedHost{.host = std::move(host)};
  }
};

}  // namespace

std::shared_ptr<HostSource> make_launching_source() {
  return std::make_shared<LaunchingSource>();
}

}  // namespace axle::frontend
