#include "backend/control_teller.hpp"

#include "backend/failure.hpp"

#include <unistd.h>

#include <chrono>
#include <utility>

namespace axle::backend {

using namespace std::chrono_literals;

namespace {
constexpr auto heartbeat_interval = 1s;
}

void ControlTeller::tell(const ipc::BackendEvent& event) {
  if (frontend_gone_) return;
  queue_ += ipc::encode(event) + "\n";
  advance();
}

void ControlTeller::advance() {
  if (pending_ || queue_.empty()) return;
  pending_ = true;
  pump_.loop().send(control_, std::exchange(queue_, {}));
}

bool ControlTeller::take(const ipc::Event& event) {
  if (event.source == heart_ && heart_ != ipc::SourceId::none) {
    const auto elapsed = ipc::Clock::now() - accepted_at_;
    tell(ipc::Heartbeat{.id = accepted_id_,
                        .elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(elapsed)});
    arm_heart();
    return true;
  }
  if (event.source != control_) return false;
  if (event.kind == ipc::Event::Kind::sent) {
    pending_ = false;
    advance();
    return true;
  }
  if (event.kind == ipc::Event::Kind::send_failed) {
    frontend_gone_ = true;
    pending_ = false;
    queue_.clear();
  }
  return false;
}

void ControlTeller::flush(std::chrono::milliseconds patience) {
  const auto deadline = ipc::deadline_in(patience);
  while (pending_) {
    const ipc::Event event = pump_.loop().next_event(deadline);
    if (event.kind == ipc::Event::Kind::deadline) return;
    take(event);
  }
}

void ControlTeller::started(const BackendInfo& info) {
  if (!info.notice.empty()) notice(info.notice);
  tell(ipc::Started{.pid = getpid(),
                    .backend = info.description,
                    .hooks = info.hooks,
                    .hook_isolation = info.hook_isolation,
                    .python_version = info.python_version});
}

void ControlTeller::failed_to_start(const Error& error) {
  tell(ipc::FailedToStart{as_failure(error)});
}

void ControlTeller::notice(const std::string& text) {
  tell(ipc::Notice{text});
}

void ControlTeller::warm(const Warmth& warmth) {
  tell(ipc::Warm{.trained = warmth.trained, .spares = warmth.spares, .training = warmth.training});
}

void ControlTeller::rejected(const ipc::BadCommand& bad,
                             std::string_view /*line*/,
                             const std::optional<ipc::Outcome>& /*outcome*/,
                             const std::string& trouble) {
  ipc::Rejected event{.id = bad.id, .reason = bad.reason};
  if (!trouble.empty()) event.reason += "; cannot write the response: " + trouble;
  tell(event);
}

void ControlTeller::accepted(const ipc::Command& command) {
  accepted_id_ = command.id;
  accepted_at_ = ipc::Clock::now();
  tell(ipc::Accepted{.id = command.id, .cmd = command.cmd});
  arm_heart();
  pump_.wait_until([&] { return !pending_; });
}

void ControlTeller::arm_heart() {
  heart_ = pump_.loop().start_timer(ipc::deadline_in(heartbeat_interval));
}

void ControlTeller::running(const ipc::Command& command, pid_t pid) {
  tell(ipc::Running{.id = command.id, .pid = pid});
}

void ControlTeller::finished(const ipc::Command& command,
                             const ipc::Outcome& outcome,
                             const std::string& trouble,
                             const std::optional<ipc::ProcessorTime>& used) {
  pump_.forget(std::exchange(heart_, ipc::SourceId::none));
  ipc::Finished event{.id = command.id, .result = command.result.string()};
  event.used = used;
  if (!trouble.empty()) {
    event.undelivered = outcome;
    event.trouble = trouble;
  }
  tell(event);
}

}  // namespace axle::backend
