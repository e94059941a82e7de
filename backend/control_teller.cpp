#include "backend/control_teller.hpp"

#include "backend/failure.hpp"

#include <unistd.h>

namespace axle::backend {

void ControlTeller::tell(const ipc::BackendEvent& event) {
  pending_ = true;
  loop_.send(control_, ipc::encode(event) + "\n");
}

bool ControlTeller::take(const ipc::Event& event) {
  if (event.source != control_) return false;
  if (event.kind == ipc::Event::Kind::sent) {
    pending_ = false;
    return true;
  }
  if (event.kind == ipc::Event::Kind::send_failed) pending_ = false;
  return false;
}

void ControlTeller::flush(std::chrono::milliseconds patience) {
  const auto deadline = ipc::deadline_in(patience);
  while (pending_) {
    const ipc::Event event = loop_.next_event(deadline);
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

void ControlTeller::rejected(const ipc::BadCommand& bad,
                             std::string_view /*line*/,
                             const std::optional<ipc::Outcome>& /*outcome*/,
                             const std::string& trouble) {
  ipc::Rejected event{.id = bad.id, .reason = bad.reason};
  if (!trouble.empty()) event.reason += "; cannot write the response: " + trouble;
  tell(event);
}

void ControlTeller::accepted(const ipc::Command& command, pid_t pid) {
  tell(ipc::Accepted{.id = command.id, .cmd = command.cmd, .pid = pid});
}

void ControlTeller::heartbeat(const ipc::Command& command, std::chrono::milliseconds elapsed) {
  tell(ipc::Heartbeat{.id = command.id, .elapsed = elapsed});
}

void ControlTeller::finished(const ipc::Command& command,
                             const ipc::Outcome& outcome,
                             const std::string& trouble) {
  ipc::Finished event{.id = command.id, .result = command.result.string()};
  if (!trouble.empty()) {
    event.undelivered = outcome;
    event.trouble = trouble;
  }
  tell(event);
}

}  // namespace axle::backend
