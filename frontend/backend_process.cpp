#include "frontend/backend_process.hpp"

#include "frontend/backend_host.hpp"
#include "frontend/hook_run.hpp"
#include "frontend/timed_activity.hpp"
#include "ipc/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace axle::frontend {
namespace {

using ipc::HookFailure;
using ipc::Outcome;
using ipc::Started;

/// Why the build backend could not be imported, as the child has told it.
Error start_error(const BackendSpec& spec, const HookFailure& failure) {
  Error error;
  error.hook_failure = std::make_shared<const HookFailure>(failure);
  if (failure.timed_out) {
    error.code = errc::timed_out;
    error.message = failure.exc_msg;
  } else if (failure.exc_type == "BackendUnavailable") {  // the child's own words
    error.code = errc::environment_failed;
    error.message = failure.exc_msg;
  } else {
    error.code = errc::backend_unavailable;
    error.message = fmt::format("the build backend '{}' cannot be imported: {}: {}",
                                spec.backend_name(),
                                failure.exc_type,
                                failure.exc_msg);
  }
  if (failure.exc_type == "ModuleNotFoundError") {
    error.hint = fmt::format(
        "name the project that provides it in [build-system] requires; without isolation, install "
        "it for {}",
        spec.python.string());
  }
  return error;
}

}  // namespace

BackendProcess::BackendProcess(BackendSpec spec, BackendBounds bounds, ipc::PrivateDir results)
    : spec_(std::move(spec)), bounds_(bounds), results_(std::move(results)) {}

BackendProcess::BackendProcess(BackendProcess&&) noexcept = default;

BackendProcess& BackendProcess::operator=(BackendProcess&& other) noexcept {
  if (this == &other) return *this;
  stop();
  std::destroy_at(this);
  std::construct_at(this, std::move(other));
  return *this;
}

BackendProcess::~BackendProcess() {
  stop();
}

Result<BackendProcess> BackendProcess::start(BackendSpec spec,
                                             Observer& observer,
                                             const Cancellation& cancellation,
                                             BackendBounds bounds) {
  TRY(auto results, ipc::PrivateDir::create(ipc::temporary_directory(), "axle-results-"));
  BackendProcess process(std::move(spec), bounds, std::move(results));
  TRY(process.launch(observer, cancellation));
  return process;
}

Result<> BackendProcess::launch(Observer& observer, const Cancellation& cancellation) {
  const std::string name = spec_.backend_name();
  if (cancellation.requested()) {
    return std::unexpected(cancellation.error(fmt::format("starting {}", name)));
  }
  const std::string project = (spec_.project.empty() ? spec_.source_tree : spec_.project).string();
  auto started =
      timed(observer, {Activity::Kind::start_backend, name, project}, [&]() -> Result<Started> {
        TRY(auto host, BackendHost::spawn(spec_));
        host_ = std::make_unique<BackendHost>(std::move(host));
        return await_start(observer, cancellation);
      });
  if (!started) {
    death_ = started.error();
    host_.reset();
    return std::unexpected(std::move(started).error());
  }
  started_ = *std::move(started);
  death_.reset();
  return {};
}

Result<Started> BackendProcess::await_start(Observer& observer, const Cancellation& cancellation) {
  TRY(host_->watch_cancellation(cancellation));
  const std::string name = spec_.backend_name();
  const auto dead = [&](errc code, std::string ending) {
    // Its last words come before the way it ended.
    const auto events = host_->remaining_events(observer);
    const auto status = host_->kill();
    host_->relay_output(observer);
    for (const auto& event : events) {
      const auto* failed = std::get_if<ipc::FailedToStart>(&event);
      if (failed != nullptr) return start_error(spec_, failed->failure);
    }
    if (ending.empty()) {
      ending = fmt::format("{} before it had imported '{}'", status.describe(), name);
    }
    return host_->death_error(code, status, ending);
  };
  auto deadline = ipc::deadline_in(bounds_.start);
  bool closing = false;
  for (;;) {
    auto happening = host_->next(deadline, observer);
    if (auto* event = std::get_if<ipc::BackendEvent>(&happening)) {
      if (auto* started = std::get_if<Started>(event)) {
        if (started->protocol != ipc::protocol_version) {
          return std::unexpected(
              dead(errc::protocol_error,
                   fmt::format("speaks version {} of the protocol, not {}, and was killed",
                               started->protocol,
                               ipc::protocol_version)));
        }
        host_->unwatch_cancellation();
        return std::move(*started);
      }
      if (const auto* failed = std::get_if<ipc::FailedToStart>(event)) {
        host_->relay_output(observer);
        host_->await_exit(bounds_.leave, bounds_.leave);
        return std::unexpected(start_error(spec_, failed->failure));
      }
    } else if (const auto* nonsense = std::get_if<BackendHost::Nonsense>(&happening)) {
      return std::unexpected(dead(
          errc::protocol_error,
          fmt::format("{} while it was to import '{}', and was killed", nonsense->what, name)));
    } else if (std::holds_alternative<BackendHost::Exited>(happening)) {
      return std::unexpected(dead(errc::backend_gone, {}));
    } else if (std::holds_alternative<BackendHost::ChannelClosed>(happening)) {
      closing = true;
      deadline = std::min(deadline, ipc::deadline_in(bounds_.last_words));
    } else if (std::holds_alternative<BackendHost::StopRequested>(happening)) {
      host_->await_exit(std::chrono::milliseconds{0}, bounds_.leave);
      return std::unexpected(cancellation.error(fmt::format("starting {}", name)));
    } else if (closing) {
      return std::unexpected(dead(
          errc::backend_gone,
          fmt::format("closed its channels while it was to import '{}', and was killed", name)));
    } else {
      Error error = dead(errc::timed_out,
                         fmt::format("did not import '{}' within {:g} s, and was killed",
                                     name,
                                     std::chrono::duration<double>(bounds_.start).count()));
      if (error.code == errc::timed_out) error.hint = "a longer --timeout gives it more time";
      return std::unexpected(std::move(error));
    }
  }
}

bool BackendProcess::has_hook(const std::string& name) const {
  return std::ranges::find(started_.hooks, name) != started_.hooks.end();
}

bool BackendProcess::alive() const noexcept {
  return host_ && host_->alive();
}

Result<Outcome> BackendProcess::call(const HookCall& call,
                                     Observer& observer,
                                     const Cancellation& cancellation) {
  switch (state_) {
    case State::ready: break;
    case State::calling:
      return fail(errc::invalid_state,
                  fmt::format("{} was called while another hook is running", call.hook));
    case State::stopped:
      return fail(errc::invalid_state,
                  fmt::format("{} was called after the backend was stopped", call.hook));
    case State::failed:
      return fail(errc::backend_gone,
                  fmt::format("{} cannot be called: {}", call.hook, death_->message));
  }
  state_ = State::calling;
  HookReport report = attempt(call, observer, cancellation);
  if (!report.outcome && !report.begun && report.outcome.error().code == errc::backend_gone) {
    // No hook has begun, so nothing can happen twice.
    Error first = std::move(report.outcome).error();
    observer.notice(first.message + "; another one is started");
    if (auto launched = launch(observer, cancellation); launched) {
      report = attempt(call, observer, cancellation);
    } else {
      report.outcome = std::unexpected(std::move(launched).error());
    }
    if (!report.outcome) report.outcome.error().others.push_back(std::move(first));
  }
  state_ = report.outcome || host_ ? State::ready : State::failed;
  return std::move(report.outcome);
}

HookReport BackendProcess::attempt(const HookCall& call,
                                   Observer& observer,
                                   const Cancellation& cancellation) {
  if (host_ && !host_->alive()) {
    const auto status = host_->kill();
    host_->relay_output(observer);
    death_ = host_->death_error(errc::backend_gone,
                                status,
                                fmt::format("{} before {} was sent", status.describe(), call.hook));
    host_.reset();
  }
  if (!host_) return {.outcome = std::unexpected(*death_)};
  const std::uint64_t id = ++last_id_;
  HookReport report =
      HookRun(
          {.host = *host_, .bounds = bounds_, .observer = observer, .cancellation = cancellation},
          {.cmd = call.hook,
           .kwargs = call.kwargs,
           .result = results_.path() / fmt::format("{}.json", id),
           .id = id,
           .cwd = call.source_tree,
           .timeout = call.timeout})
          .run();
  if (report.death) {
    death_ = report.death;
    host_.reset();
  }
  return report;
}

std::optional<ipc::ExitStatus> BackendProcess::stop() noexcept {
  if (state_ == State::calling) return std::nullopt;
  state_ = State::stopped;
  const auto host = std::move(host_);
  if (!host) return std::nullopt;
  if (!host->alive()) {
    host->kill();
    return std::nullopt;
  }
  host->send(
      ipc::Command{.cmd = "_exit", .result = results_.path() / "exit.json", .id = ++last_id_});
  return host->await_exit(bounds_.leave, bounds_.leave);
}

}  // namespace axle::frontend
