#include "frontend/backend_child.hpp"

#include "frontend/backend_host.hpp"
#include "frontend/current_umask.hpp"
#include "frontend/environment_variables.hpp"
#include "frontend/recycling.hpp"
#include "frontend/timed_activity.hpp"
#include "ipc/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <variant>

namespace axle::frontend {
namespace {

using ipc::HookFailure;
using ipc::Started;

/// Why the build backend could not be imported, as the child has told it.
Error start_error(const BackendSpec& spec, const HookFailure& failure) {
  Error error;
  error.hook_failure = std::make_shared<const HookFailure>(failure);
  if (failure.timed_out) {
    error.code = errc::timed_out;
    error.message = failure.exc_msg;
    error.hint = "a longer --timeout gives it more time";
  } else if (failure.exc_type == "BackendUnavailable") {  // the child's own words
    error.code = errc::environment_failed;
    error.message = failure.exc_msg;
    error.hint =
        "a backend with a backend-path is in one of its folders: correct them, or leave "
        "backend-path out for one that is installed";
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

Result<std::shared_ptr<BackendChild>> BackendChild::start(BackendSpec spec,
                                                          Observer& observer,
                                                          const Cancellation& cancellation,
                                                          BackendBounds bounds,
                                                          std::shared_ptr<HostSource> source) {
  TRY(auto results, ipc::PrivateDir::create(ipc::temporary_directory(), "axle-results-"));
  std::shared_ptr<BackendChild> child(
      new BackendChild(std::move(spec), bounds, std::move(source), std::move(results)));
  TRY(child->launch(observer, cancellation));
  return child;
}

BackendChild::BackendChild(BackendSpec spec,
                           BackendBounds bounds,
                           std::shared_ptr<HostSource> source,
                           ipc::PrivateDir results)
    : spec_(std::move(spec)),
      bounds_(bounds),
      source_(std::move(source)),
      results_(std::move(results)) {}

BackendChild::~BackendChild() {
  stop();
}

Result<> BackendChild::launch(Observer& observer, const Cancellation& cancellation) {
  const std::string name = spec_.backend_name();
  if (cancellation.requested()) {
    return std::unexpected(cancellation.error(fmt::format("starting {}", name)));
  }
  if (death_) replaced_.push_back(*std::exchange(death_, std::nullopt));
  const std::string project = (spec_.project.empty() ? spec_.source_tree : spec_.project).string();
  auto started =
      timed(observer, {Activity::Kind::start_backend, name, project}, [&]() -> Result<Started> {
        TRY(auto opened, source_->open(spec_, bounds_.start, observer, cancellation));
        host_ = std::make_unique<BackendHost>(std::move(opened.host));
        if (opened.started) return *std::move(opened.started);
        return await_start(observer, cancellation);
      });
  if (!started) {
    death_ = started.error();
    host_.reset();
    return std::unexpected(std::move(started).error());
  }
  started_ = *std::move(started);
  limits_ = resource_limits_of(host_->pid());
  return {};
}

Result<Started> BackendChild::await_start(Observer& observer, const Cancellation& cancellation) {
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
  // The child gives up by itself, and can say where the import was.
  auto deadline = ipc::deadline_in(bounds_.start + bounds_.accept);
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

Result<> BackendChild::claim(const std::string& hook) {
  if (stopped_) {
    return fail(errc::invalid_state,
                fmt::format("{} was called after the backend was stopped", hook));
  }
  if (claimed_) {
    return fail(errc::invalid_state,
                fmt::format("{} was called while another hook is running", hook));
  }
  if (lost_) {
    return fail(errc::backend_gone, fmt::format("{} cannot be called: {}", hook, death_->message));
  }
  claimed_ = true;
  return {};
}

void BackendChild::release(Answered answered) noexcept {
  claimed_ = false;
  lost_ = answered == Answered::no && !host_;
}

Result<std::unique_ptr<HookRun>> BackendChild::begin(const HookCall& call,
                                                     Observer& observer,
                                                     const Cancellation& cancellation) {
  if (host_) {
    const bool dead = !host_->alive();
    // A hook can change them, and every process that comes from the child has the same.
    if (dead || resource_limits_of(host_->pid()) != limits_) {
      const auto status = host_->kill();
      host_->relay_output(observer);
      death_ = host_->death_error(
          errc::backend_gone,
          status,
          dead ? fmt::format("{} before {} was sent", status.describe(), call.hook)
               : "has other resource limits than at its start, and was killed");
      host_.reset();
    }
  }
  if (!host_) return std::unexpected(*death_);
  const std::uint64_t id = ++last_id_;
  ipc::Command command{.cmd = call.hook,
                       .kwargs = call.kwargs,
                       .result = results_.path() / fmt::format("{}.json", id),
                       .id = id,
                       .cwd = call.source_tree,
                       .timeout = call.timeout};
  if (host_->shared()) {
    command.env = EnvironmentVariables(spec_.environment).as_map();
    command.umask = current_umask();
  }
  auto run = std::make_unique<HookRun>(HookRun::Surroundings{.host = *host_,
                                                             .bounds = bounds_,
                                                             .observer = observer,
                                                             .cancellation = cancellation,
                                                             .idle_timeout = call.idle_timeout},
                                       std::move(command));
  run->begin();
  return run;
}

void BackendChild::bury(Error death) {
  death_ = std::move(death);
  host_.reset();
}

bool BackendChild::alive() const noexcept {
  return host_ && host_->alive();
}

std::optional<ipc::ExitStatus> BackendChild::stop() noexcept {
  stopped_ = true;
  if (claimed_) {
    // Whoever waits for the hook sees the end of its host.
    if (host_) host_->kill();
    return std::nullopt;
  }
  const auto host = std::move(host_);
  if (!host) return std::nullopt;
  if (!host->alive()) {
    host->kill();
    return std::nullopt;
  }
  if (host->give_back(started_)) return std::nullopt;
  host->send(
      ipc::Command{.cmd = "_exit", .result = results_.path() / "exit.json", .id = ++last_id_});
  return host->await_exit(bounds_.leave, bounds_.leave);
}

}  // namespace axle::frontend
