#include "frontend/daemon/daemon_source.hpp"

#include "frontend/backend_match.hpp"
#include "frontend/daemon/connection.hpp"
#include "frontend/daemon/leased_process.hpp"
#include "frontend/daemon/place.hpp"
#include "frontend/daemon/start_daemon.hpp"
#include "frontend/leftovers.hpp"
#include "frontend/start_environment.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>

namespace axle::frontend {
namespace {

using namespace std::chrono_literals;

constexpr auto answer_time = 1s;
constexpr std::size_t passed_fds = 5;

class DaemonSource final : public HostSource {
 public:
  DaemonSource(std::filesystem::path axle, std::shared_ptr<HostSource> otherwise)
      : axle_(std::move(axle)), otherwise_(std::move(otherwise)) {}

  Result<OpenedHost> open(const BackendSpec& spec,
                          BackendBounds::Span start_bound,
                          Observer& observer,
                          const Cancellation& cancellation) override {
    if (can_be_lent(spec) && !without_daemon_) {
      auto leased = lease(spec, start_bound, cancellation);
      if (leased || cancellation.requested()) return leased;
      const bool refused = leased.error().code == errc::invalid_state;
      if (refused || !without_daemon_.exchange(true)) {
        observer.remark(fmt::format("building without the daemon: {}", leased.error().message));
      }
    }
    return otherwise_->open(spec, start_bound, observer, cancellation);
  }

 private:
  Result<DaemonPlace> place() {
    const std::scoped_lock lock(mutex_);
    if (!place_) {
      TRY(place_, daemon_place(axle_));
    }
    return *place_;
  }

  /// Fails with `errc::invalid_state` where the daemon refuses this one.
  Result<OpenedHost> lease(const BackendSpec& spec,
                           BackendBounds::Span start_bound,
                           const Cancellation& cancellation) {
    TRY(const auto where, place());
    auto connection = DaemonConnection::open(where.socket());
    if (!connection && connection.error().code == errc::backend_gone) {
      TRY(start_daemon(axle_, cancellation));
      connection = DaemonConnection::open(where.socket());
    }
    if (!connection) return std::unexpected(std::move(connection).error());
    leave_daemon_alone(connection->daemon_pid());
    const LeaseRequest request{.spec = as_lent(spec, start_environment(spec.environment)),
                               .start_bound = start_bound};
    TRY(auto answer, connection->ask(request, ipc::deadline_in(answer_time), &cancellation));
    if (const auto* refused = std::get_if<RefusedReply>(&answer.reply)) {
      return fail(errc::invalid_state, refused->reason);
    }
    const auto* reply = std::get_if<LeaseReply>(&answer.reply);
    if (reply == nullptr || answer.fds.size() != passed_fds) {
      return fail(errc::protocol_error, "the daemon's answer makes no sense");
    }
    return take(*reply, *std::move(connection), std::move(answer.fds));
  }

  static Result<OpenedHost> take(const LeaseReply& reply,
                                 DaemonConnection connection,
                                 std::vector<ipc::UniqueFd> fds) {
    std::optional<ipc::Started> started;
    if (!reply.started.empty()) {
      TRY(auto event, ipc::decode_event(reply.started));
      auto* told = event ? std::get_if<ipc::Started>(&*event) : nullptr;
      if (told == nullptr) return fail(errc::protocol_error, "the daemon's backend is none");
      started = std::move(*told);
    }
    TRY(auto host,
        BackendHost::watch(
            std::make_unique<LeasedProcess>(std::move(connection), reply.pid, std::move(fds[0])),
            {.in = std::move(fds[1]),
             .out = std::move(fds[2]),
             .err = std::move(fds[3]),
             .control = std::move(fds[4])}));
    return OpenedHost{.host = std::move(host), .started = std::move(started)};
  }

  const std::filesystem::path axle_;
  const std::shared_ptr<HostSource> otherwise_;
  std::atomic<bool> without_daemon_ = false;
  std::mutex mutex_;
  std::optional<DaemonPlace> place_;
};

}  // namespace

std::shared_ptr<HostSource> make_daemon_source(std::filesystem::path axle,
                                               std::shared_ptr<HostSource> otherwise) {
  return std::make_shared<DaemonSource>(std::move(axle), std::move(otherwise));
}

}  // namespace axle::frontend
